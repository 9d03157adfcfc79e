## PlatformDefinition：需要明示的事项

plain-http = base_url 是明文 http（allow_http 已允许）：令牌以明文传输，也无从确认应答的就是平台

## DefinitionError：位置和问题

TJ-1201 = { $place }：{ $problem }
definition-lines =
    { $first }
    { $other }

## 文件和目录

definition-folder-unlisted = 无法列出目录内容：{ $reason }
definition-file-unread = 无法读取：{ $reason }
definition-no-plain-file = 无法读取：不是普通文件，而是目录、设备、管道或套接字
definition-file-large = 超过 { $mebibytes } MiB：定义文件不应这么大
definition-file-encoding = 不是 UTF-8 文本：请另存为 UTF-8 编码
definition-no-toml = 第 { $column } 列起不符合 TOML 语法：{ $reason }
definition-account-taken = “{ $account }”已经是 { $other } 的账号
definition-access-shared = { $other } 对同一 base_url 也使用 { $variable }：两个账号会互相取走对方的预约

## 各种文件共有的键和值

definition-unknown-key = 未知的键；此处可用：{ $known }
definition-unknown-key-near = 未知的键；是否应为 { $near }？
definition-no-version = 缺少：请写 version = 1，即本文件的格式版本
definition-must-be-version = 应为 1，即本文件的格式版本，实际为 { $found }
definition-control-character = 不能含控制字符
definition-must-be-text = 应为非空文本，实际为 { $found }
definition-must-be-true-or-false = 应为 true 或 false，实际为 { $found }
definition-must-be-whole-number = 应为 { $from } 到 { $to } 的整数，实际为 { $found }
definition-must-be-choice = 应为 { $choices }，实际为 { $found }
definition-either = { $first } 或 { $other }
definition-must-be-table = 应为表，实际为 { $found }
definition-must-be-tables = 应为表的数组，实际为 { $found }
definition-must-be-array = 应为数组，实际为 { $found }
definition-an-array = 数组
definition-a-table = 表
definition-long-string = 一段很长的文本
definition-long-integer = 一个很长的整数
definition-long-float = 一个很长的小数

## 任务配置

definition-no-account = 缺少：账号的简称
definition-must-be-account = 应为 1 到 { $most } 个字符（a-z、0-9 和“-”），以字母或数字开头，实际为 { $found }
definition-no-platform = 缺少：平台各项设置的表
definition-no-contract = 缺少：指明数据契约文件的表
definition-no-contract-file = 缺少：数据契约文件的路径，相对于本文件
definition-must-be-percentage = 应为 "0%" 到 "100%" 的百分比，最多两位小数，如 "5%"，实际为 { $found }
definition-must-be-names = 应为名称的数组，实际为 { $found }
definition-never-ignored-fee = 不能是 examinationFee：金额的变更必须产生新版本
definition-never-ignored = 不能是 { $field }：历史记录依赖该字段
definition-twice = 重复出现

## [platform]：平台

definition-no-address = 缺少：平台地址，https://…
definition-must-be-address = 应为地址：https://host 或 https://host/path
definition-must-begin-with-https = 应以 https:// 开头
definition-must-be-https = 应为 https：http 只用于本机回环地址（127.0.0.1、localhost），除非设置 allow_http = true；那样令牌以明文传输，也无从确认应答的就是平台
definition-login-in-address = 不能含用户名或密码
definition-query-in-address = 不能含查询（?…）或片段（#…）
definition-no-secret = 缺少：{"{"} env = "NAME" {"}"}，即保存其值的环境变量
definition-must-be-secret = 应为 {"{"} env = "NAME" {"}"}，即环境变量的名称：密钥不写在文件中
definition-no-variable = 缺少：环境变量的名称
definition-must-be-variable = 应为环境变量的名称：由字母、数字和 _ 组成，不以数字开头
definition-must-be-fingerprint = 应为 64 位十六进制数字，即 openssl x509 -noout -fingerprint -sha256 的输出，实际为 { $found }
definition-fingerprint-over-http = 只用于 https：使用 http 时，服务器不出示证书
definition-must-be-proxy = 应为 "none"，或 http://proxy.local:3128 这样的代理地址
definition-login-in-proxy = 不能含用户名或密码：请用 proxy_user 和 proxy_password 指明保存它们的环境变量
definition-path-in-proxy = 应以代理的端口结尾，如 http://proxy.local:3128
definition-proxy-elsewhere = 位于另一台机器，http 内容会以明文离开本机：请去掉代理，或设置 allow_http = true
definition-half-a-login = 缺少另一项：proxy_user 和 proxy_password 须同时设置
definition-login-without-proxy = 只用于本文件指明的代理：proxy = "http://…"
definition-must-be-result-path = 应为 1 到 { $most } 个成员名称，以点分隔，如 "result.records"，实际为 { $found }
definition-must-be-time-within = 应为 "1s" 到 "1h" 的时长，如 "5m"，实际为 { $found }

## [[export]]：导出

definition-no-kind = 缺少："history"、"daily_volumes"、"finance"、"report" 或 "lake"
definition-no-folder = 缺少：存放文件的目录
definition-no-format = 缺少：history 和 daily_volumes 用 "parquet"，finance 用 "csv" 或 "xlsx"，report 用 "html"
definition-no-lake = 缺少：数据湖的位置，"file:///目录" 或 "s3://桶/前缀"
definition-must-be-lake = 应为 "file:///目录"（绝对路径，不含 %、#、? 和 *），或 "s3://桶/前缀"（只用字母、数字、"-"、"_"、"." 和 "="）
definition-export-twice = {"["}{ $number }] 与 [{ $other }] 向同一目录写同一种文件
definition-profile-of-workbook = 只用于 csv：工作簿始终供人查看
definition-encoding-of-workbook = 只用于 csv：工作簿自带编码信息

## 数据契约

definition-no-rules = 缺少：各条规则严重程度的表
definition-no-severity = 缺少："reject" 或 "warn"
definition-must-be-reject = 应为 "reject"：违反此规则的记录无法如实入库
definition-no-codes = 缺少：{"{"} code = "1", zh = "…", en = "…" {"}"} 的数组
definition-no-code = 缺少：文本形式的代码
definition-code-long = 不能超过 { $most } 个字符
definition-code-twice = 代码 { $code } 重复出现
definition-dictionary-empty = 至少应有一个代码：空字典会拒绝所有记录
definition-control-character-in-name = 名称不能含控制字符
definition-no-fields = 缺少：接口各字段的表
definition-no-field = 缺少：接口的每个字段都要有自己的表
definition-no-type = 缺少："text"、"date"、"boolean" 或 "decimal"
definition-must-be-type = 应为 { $column }，与仓库中的列一致，实际为 { $found }
definition-must-be-required = 应写明 required = true：历史记录离不开此字段
definition-characters-misplaced = 只用于文本字段
definition-no-characters = 缺少：文本的最大长度，以字符计
definition-dictionary-misplaced = 只用于文本和布尔字段
definition-must-be-dictionary = 应为 [dictionaries] 中某个字典的名称，实际为 { $found }
definition-no-label = 缺少：{"{"} zh = "…", en = "…" {"}"}
definition-no-chinese-name = 缺少：中文名称
definition-no-english-name = 缺少：英文名称

## 示例文件

definition-no-example = 缺少：[[example]]，至少一个
definition-no-claim = 缺少：示例所要证明的内容
definition-no-given = 应有 given、given_json、deliveries 三者之一
definition-given-twice = 不能与 given 同时使用
definition-no-verdict = 缺少："accepted" 或 "rejected"
definition-reasons-or-accepted = 记录被拒绝时应有 reasons，通过时不应有
definition-must-be-field = 应为接口的字段，实际为 { $found }
definition-no-rule = 缺少：数据契约中的规则
definition-must-be-rule = 应为数据契约中的规则，实际为 { $found }
definition-no-timestamp = 缺少：应答的时间
definition-no-records = 缺少：由部分字段组成的记录的数组，可以为空
definition-no-expectation = 缺少：各个版本，以及各项计数
definition-no-versions = 缺少：全部版本
definition-no-serial-number = 缺少：预约编号
definition-no-version-number = 缺少：1、2、3……
definition-must-be-version-number = 应为从 1 起的整数，实际为 { $found }
definition-no-change = 缺少：产生该版本的变更
definition-no-valid-from = 缺少：版本的生效时间
definition-no-valid-to = 缺少：版本的失效时间，或 "infinity"
definition-must-be-instant = 应为自 1970 年起的毫秒数，或带时区偏移的时间，如 2026-01-31T22:00:00+08:00，实际为 { $found }
definition-must-be-64-bits = 应为不超过 64 位的整数，实际为 { $found }
definition-must-be-json-number = 应为 JSON 能表示的数，实际为 { $found }

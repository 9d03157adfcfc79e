
## ListProblem：对账名单

TJ-5221 = 前 { $rows } 行中没有包含预约编号的表头（平台预约ID、预约ID、预约编号、预约号、serialNumber 或 serial_number）：请加上表头，或用 --column serial_number=HEADING 指明
TJ-5222 = 表头的第 { $first } 列和第 { $second } 列都是 { $field }：请用 --column { $field }=HEADING 指明
TJ-5223 = 表头中没有 --column { $field }=… 所指的列

## BadLine：到检名单中的一行

TJ-6421 = 单元格比表头多
TJ-6422 = serialNumber 为空、超过 500 个字符，或不是 UTF-8 文本
TJ-6423 = arriveDate 不是 2026-11-25 08:10:00 这样的时间

## ListError：到检名单

TJ-6411 = 名单为空：第一行应为表头 serialNumber,arriveDate
TJ-6412 = 表头第 { $cell } 格既不是 serialNumber，也不是 arriveDate，或者重复出现
TJ-6413 = 表头中没有 serialNumber
TJ-6414 = 第 { $line } 行不是 CSV

## Rule：规则名称，用于清单和报告

rule-syntax = 无法解析
rule-duplicate-field = 字段重复
rule-required = 必填项为空
rule-type = 类型不符
rule-max-characters = 超出长度
rule-nul-character = 含空字符
rule-control-character = 含控制字符
rule-dictionary = 代码不在字典中
rule-calendar-date = 日期无效
rule-fee-range = 金额无效或超限
rule-fee-negative = 金额为负
rule-fee-decimals = 金额超过两位小数
rule-add-on-pairs = 加项编码与名称数目不一致
rule-identity-form = 证件号格式不符
rule-identity-legacy = 15 位旧证件号
rule-identity-check-digit = 证件号校验位错误
rule-identity-birthdate = 证件号与出生日期不符
rule-identity-sex = 证件号与性别不符
rule-form = 写法与接口不同

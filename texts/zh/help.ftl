# 帮助页和手册页的中文。英文就是各命令的文档注释，在 src/cli 里；名称取自命令和参数本身，由测试逐一核对。

## 页面上的固定用语

help-word-usage = 用法：
help-word-commands = 命令
help-word-command = 命令
help-word-arguments = 参数：
help-word-options = 选项：
help-word-some-options = [选项]
help-word-any-options = 所有命令共有的选项
help-word-default = [默认：
help-word-possible-values = [可选值：
help-word-alias = [别名：
help-word-values = 可选值：
help-word-help = 显示本帮助，或某个命令的帮助

## 值的名称

help-value-form = 格式
help-value-language = 语言
help-value-dir = 目录
help-value-file = 文件
help-value-number = 数字
help-value-duration = 时长
help-value-address = 地址
help-value-id = 编号
help-value-time = 时间
help-value-date = 日期
help-value-days = 天数
help-value-share = 比例
help-value-prefix = 前缀
help-value-endpoint-fault-times = 接口=故障[:次数]
help-value-name = 名称
help-value-reading = 含义
help-value-text = 文本
help-value-code = 代码
help-value-account-serial = 账号/预约编号
help-value-delivery = 批次编号
help-value-field = 字段
help-value-rule = 规则
help-value-field-heading = 字段=列标题
help-value-yyyy-mm = YYYY-MM
help-value-port = 端口
help-value-group = 用户组
help-value-psql-argument = psql 参数
help-value-list = 名单
help-value-pipeline-toml = 任务配置.toml
help-value-pipeline-toml-id = 任务配置.toml|编号
help-value-shell = SHELL
help-value-i-n = I/N
help-value-command = 命令

## 多个命令共有的参数

help-any--help = 显示帮助
help-any--version = 显示版本
help-any--log-format = 标准错误上日志的格式
help-any--verbose = 输出更多日志
help-any--quiet = 只输出错误
help-any--lang = 界面语言 [默认：LC_ALL、LC_MESSAGES 或 LANG 为 UTF-8 的中文时用中文，否则用英文]
help-any--data-dir = 数据目录：私有 PostgreSQL 服务器就在其中
help-any--private-server = 使用数据目录里的私有 PostgreSQL 服务器；不能与 DATABASE_URL 同用
help-any--output = 标准输出的格式
help-any--files = 任务配置文件；不写则为 pipelines/ 中已启用的全部任务配置
help-any--targets = 任务配置文件（不写则为 pipelines/ 中已启用的全部），以及 `tijian quarantine list` 列出的记录编号
help-any--field = 只含因这个字段被隔离的记录，字段名按平台的写法
help-any--rule = 只含因这条规则被隔离的记录，规则名见 `tijian status`
help-any--older-than-days = 只含首次出现至今已满这么多天的记录

## tijian

help = 体检预约数据仓库：每晚从浙里办体检预约平台取回预约，存入 PostgreSQL
help-tail =
    示例：
      tijian demo                         在本机完整试用一遍，无需任何准备
      tijian check pipelines/*.toml       检查任务配置是否正确
      tijian run                          夜间任务
      tijian arrive                       向平台上报到检
      tijian status                       查看最近几晚的运行情况

    环境变量：
      DATABASE_URL              数据仓库所在的 PostgreSQL 数据库
      PGHOST、PGPASSWORD 等     与 psql 相同：补充 DATABASE_URL 没有写明的部分
      TIJIAN_PRIVATE_SERVER     设为 1：改用数据目录里的私有 PostgreSQL 服务器，同 --private-server
      TIJIAN_SITE_KEY           站点密钥，Base64 编码的 32 字节（openssl rand -base64 32）；用于 person_id 和封存
      TIJIAN_SITE_KEY_PREVIOUS  更换前的站点密钥，只用于 `tijian rotate-key`
      TIJIAN_DATA_DIR           数据目录，同 --data-dir
      PG_BIN_DIR                私有服务器的程序所在目录；在常见位置的不必设置
      AWS_*                     S3 客户端的标准变量：存储桶数据湖的凭据、区域和地址
      OTEL_*、OPENLINEAGE_*     标准变量：运行的链路追踪、指标和血缘发往哪里
      以及任务配置中为各项密钥指定的变量

    退出码：0 一切正常；1 失败；2 用法或定义有误；3 已入库，有记录进了隔离区，或有到检未受理；
    4 已入库，有待回调或待上报；5 账号被另一个运行占用；75 暂时故障，请重跑。

help-demo = 在本机完整试用一遍：私有 PostgreSQL、模拟平台、五个夜晚，包括各种故障
help-demo-tail =
    示例：
      tijian demo --dir /var/tmp/tijian-demo
help-demo--dir = 数据仓库、导出文件和任务配置放在哪里；其中先前的演示会被替换 [默认：数据目录下的 demo]
help-demo--reservations = 第一晚的预约数

help-run = 夜间任务：拉取、入库，提交成功后回调，最后导出
help-run-tail =
    示例：
      tijian run                                  pipelines/ 中已启用的全部任务配置
      tijian run pipelines/hangzhou-third.toml    只运行这一个，是否启用均可
      tijian run --output json > run.json         输出一个 JSON 文档，供调度系统读取
      tijian run --shard 0/4                      四个进程分担全部账号，这是其中第一个
      tijian run --watch 5m --metrics-listen 127.0.0.1:9464
                                                  全天运行；收到停止信号后以 0 结束
help-run--accounts-at-once = 同时处理的账号数
help-run--shard = 只处理账号的 N 分之一，序号从 0 数起；其余账号由其他进程处理。各进程要用同样的任务配置
help-run--watch = 持续运行：每轮之后大约停顿这么久，例如 5m，直到 Ctrl-C 或 SIGTERM
help-run--metrics-file = 每轮之后把 Prometheus 指标写入这个文件（供 node_exporter 的 textfile 收集器读取，请命名为 *.prom）
help-run--metrics-listen = 配合 --watch：在这个地址提供 /metrics 和 /healthz，例如 127.0.0.1:9464
help-run--fetch-postgres = 用于私有服务器：本机没有 PostgreSQL 服务端程序时自动获取

help-arrive = 向平台上报到检
help-arrive-tail =
    示例：
      tijian arrive                                              已启用的全部任务配置的收件箱
      tijian arrive our.toml --serial-number ZJ109-000001        有人刚刚到检
      tijian arrive our.toml --serial-number ZJ109-000001 --arrived-at '2026-11-25 08:10:00'
      tijian arrive our.toml --from arrivals.csv                 一份名单；写 - 则读取标准输入
      tijian arrive our.toml --withdraw ZJ109-000001             误报的，或平台一直拒绝的

    名单是 CSV 文件，表头为 serialNumber,arriveDate。时间按医院时钟；第二列可以省略或留空，表示现在。有错的行
    会按行号指出，不影响其他行。医院自己的系统改为写入 etl.arrival_inbox 表（用户组 tijian_frontdesk）；
    `tijian run` 入库之后也会处理收件箱。

    每个预约的到检只上报一次，整份名单重做一遍也没有影响。预约尚未入库的到检，会在收件箱里等待一周。

    平台尚未确认的到检可以撤回：不再上报，也不再计数，何人何时撤回记在 etl.outbox 中，之后可以重新上报。撤回时
    不调用平台；应答丢失的到检，平台可能已经收到。

    退出码：0 已上报，或没有要上报的；3 有的未受理或仍在等待；4 已受理，平台尚未确认：请重跑；5 账号被占用：
    到检已在收件箱里，由正在进行的运行或下一次处理。用 --withdraw 时：0 已全部撤回，包括先前撤回的；3 有的不能
    撤回；5 账号被占用：请稍后再试。
help-arrive--serial-number = 预约在平台上的编号
help-arrive--arrived-at = 此人到检的时间，按医院时钟 [默认：现在]
help-arrive--from = CSV 名单；写 - 则读取标准输入
help-arrive--withdraw = 撤回平台尚未确认的到检

help-check = 检查任务配置和数据契约，并运行其中的示例；不需要网络和数据库
help-check-tail =
    示例：
      tijian check                             检查 pipelines/*.toml，未启用的也查
      tijian check pipelines/our-hospital.toml

    退出码：0 全部正确；2 有错误，并逐条列出。
help-check--files = 任务配置文件；不写则为 pipelines/*.toml

help-simulate = 在本机模拟平台：虚构的预约、加密的应答，以及各种可以指定的故障
help-simulate-tail =
    示例：两千个预约，每十分钟进入下一晚，前两次拉取失败：
      tijian simulate --listen 127.0.0.1:8999 --reservations 2000 --night-every 10m --fault order=http-503:2

    然后打开另一个终端，执行显示出来的 export 命令，在任务配置中写 base_url = "http://127.0.0.1:8999"，再执行：
      tijian run pipelines/rehearsal.toml
      curl -s -X POST http://127.0.0.1:8999/simulator/night
      curl -s http://127.0.0.1:8999/simulator/state
      curl -s http://127.0.0.1:8999/simulator/log
      curl -s -d '{"{"}"endpoint":"callback","fault":"effect-then-502","times":1{"}"}' http://127.0.0.1:8999/simulator/faults

    故障：
      http-<状态码>、garbage、empty、plain-failure、encrypted-failure、expired-token、hang、busy、redirect
        （调用不生效）
      effect-then-502、effect-then-hang、truncated、disconnect、cut-chunks、drip、trailing-garbage、false-gzip、
      gzip-bomb、wrong-key、bad-padding、null-result、missing-result
        （调用生效，应答丢失）
      slow、string-code、result-as-string、plain-success、timestamp-absent、gzip、wrong-charset
        （调用生效，应答不寻常）
help-simulate--listen = 监听的地址；端口写 0 则任选一个空闲的
help-simulate--allow-remote = 允许监听其他机器能访问的地址；模拟平台没有任何防护
help-simulate--accounts = 模拟这么多个账号，凭据相同，每个账号一个端口，从给定的端口起依次往后
help-simulate--reservations = 第一晚的预约数
help-simulate--new-per-night = 以后每晚新增的预约数
help-simulate--changes = 每晚发生变更的预约所占比例
help-simulate--defects = 带有错误的记录所占比例；平台会在一至三晚之后更正
help-simulate--seed = 随机种子：种子不同，数据不同；种子相同，数据相同
help-simulate--serial-prefix = 预约编号的前缀，编号形如 前缀-000123
help-simulate--fault = 让调用出故障，例如 order=http-503:2；可以写多次
help-simulate--night-every = 每隔这么久自动进入下一晚，例如 90s、10m 或 24h；不写则由 POST /simulator/night 触发
help-simulate--latency = 每次应答前的延迟，例如 200ms
help-simulate--token-lifetime = 令牌的有效期
help-simulate--form-field = 请求必须使用的表单字段；不写则任何字段都可以。不是表单的请求体一律接受
help-simulate--plain-failures = 用明文发送拒绝应答
help-simulate--single-callback = 按 serialNumber 回调时，平台把什么标记为已接收：marks-reservation 为该预约本身，不论当时是什么状态；marks-delivered 为该预约已经下发的内容
help-simulate--batch-callback = 按 requestId 回调时，平台把什么标记为已接收：marks-delivered 为该批次下发的内容；marks-reservation 为其中的各个预约，不论当时是什么状态
help-simulate--api-key = 账号的 API 密钥
help-simulate--secret = 账号的 secret
help-simulate--aes-key = 账号的 AES 密钥：16、24 或 32 字节

help-migrate = 建立或升级表结构，并设置各用户组的权限
help-migrate-tail =
    登录账号是表结构的所有者时，`run` 会自动升级；不是时（属于 tijian_loader 组），每次安装新版 tijian 之后，
    由所有者执行一次本命令。

    示例：
      DATABASE_URL=postgresql://owner@db/tijian tijian migrate

help-export = 根据数据仓库的内容，生成任务配置中声明的文件
help-export-tail =
    示例：
      tijian export                               已启用的全部任务配置待生成的文件
      tijian export --all pipelines/demo.toml     每个月份、快照和交接批次全部重新生成
help-export--all = 全部重新生成，不只是上次导出以来有变化的

help-report = 生成一页 HTML 报告：预约量、变更、套餐、费用和数据质量
help-report-tail =
    示例：
      tijian report --out report.html                                         过去半年，未来 90 天
      tijian report --out q1.html --from 2026-01-01 --to 2026-03-31 --lang en

    页面打开时为中文，或为 --lang 指定的语言，读者可以切换。其中只有数量和金额，没有任何个人信息，人数很少时
    不显示费用；不需要网络，也可以从共享文件夹打开。
help-report--out = 生成的页面；已存在则替换
help-report--account = 只含这个账号；可以写多次 [默认：全部账号]
help-report--from = 第一天，例如 2026-01-31 [默认：最近一个取数批次之前 180 天所在的月份]
help-report--to = 最后一天 [默认：最近一个取数批次之后 90 天所在月份的月末]

help-docs = 生成一页 HTML 数据字典，说明每个表、每一列和每个文件
help-docs-tail =
    示例：
      tijian docs --out dictionary.html
      tijian docs --out dictionary.html --contract pipelines/contracts/reservation.toml

    每个表、视图、列和文件是什么，中英文对照，取自数据库自己的注释；以及平台的字段、代码和它们的去向。不读取
    任何一行数据。
help-docs--out = 生成的页面；已存在则替换
help-docs--contract = 要说明其字段和代码的数据契约 [默认：tijian 自带的契约]

help-status = 查看最近几次运行、前后的预约量、待回调数量，以及各隔离原因
help-status-tail =
    示例：
      tijian status --runs 7
help-status--runs = 每个账号显示几次运行

help-audit = 核对数据仓库内部是否一致：sql/checks 中的每个查询都不应返回任何行
help-audit-tail =
    示例：
      tijian audit && echo clean

help-doctor = 自检：逐项检查运行所需的一切，并给出处理办法
help-doctor-tail =
    ✔ 正常   ! 请留意   ✘ 需处理   – 因前面的问题未检查

    不改动任何东西：不拉取，不回调，不升级表结构。会向平台申请一次令牌。先前建立的私有服务器如果没有运行，会
    启动它。

    退出码：取最严重的一项，与运行时遇到它相同：依次为 2、1、75、4、3、0。标记为 ! 的对应 4（有待回调）、
    3（隔离区有记录）或 0。

    示例：
      tijian doctor                             pipelines/ 中已启用的全部任务配置
      tijian doctor --output json our.toml      输出一个 JSON 文档，供监控系统读取

help-support = 生成一个压缩包，附在求助单上；其中没有任何个人信息和密钥
help-support-tail =
    示例：
      tijian support

    压缩包里有：tijian 和系统的版本；已设置的变量的名称（不含取值）；去掉注释的任务配置和契约；`tijian doctor` 查到的
    内容；每个账号最近 30 次运行；各单元日志的最后 5000 行。其中没有任何个人信息，也没有密钥。发送之前请先看一遍。

    退出码：0 已生成；1 未能生成；2 用法有误，或已有同名文件。
help-support--out = 压缩包的文件名；从不覆盖 [默认：当前目录下的 tijian-support_<时间>.zip]

help-quarantine = 隔离区：列出、查看、重试入库或放弃被隔离的记录

help-quarantine-list = 列出隔离区中的记录和全部原因，不显示任何取值
help-quarantine-list-tail =
    示例：
      tijian quarantine list                                          从最早的开始
      tijian quarantine list --field checkDate --older-than-days 7    一周以来无人处理的

    不列出记录的任何取值：查看单条记录用 `tijian quarantine show`。
help-quarantine-list--account = 只含这个账号
help-quarantine-list--limit = 最多列出几条

help-quarantine-show = 查看一条记录收到时的原样；每次查看都会登记
help-quarantine-show-tail =
    示例：
      tijian quarantine show 42

    记录中有个人信息。谁看过哪一条，记在 etl.access_log 中。
help-quarantine-show--rejection_id = 记录编号，见 `tijian quarantine list`

help-quarantine-retry = 修改契约之后，把现在合格的记录入库并回调
help-quarantine-retry-tail =
    每条记录都按现在的契约重新检查。合格的成为一个版本，归入当初收到它的取数批次。同一个预约有几个状态的，按
    下发的先后处理；比历史中已有内容更早的，标记为“已被取代”，不再入库；仍不合格的留在隔离区，原因按现在的
    检查更新；已删除个人身份的不会恢复。然后像夜间任务一样拉取一次：平台会下发先前没有确认的预约现在的内容，
    随即回调，除非同一个预约还有别的状态被隔离。

    退出码：与 `tijian run` 相同；3：仍有记录被隔离。

    示例：
      tijian quarantine retry                                          隔离区中的全部记录
      tijian quarantine retry pipelines/our.toml --field payType       修改契约之后可能合格的
      tijian quarantine retry 42 43                                    这两条

help-quarantine-discard = 彻底删除被隔离的记录，并回调
help-quarantine-discard-tail =
    记录会被删除，无法找回；它曾被隔离、为什么、由谁放弃，仍保留在 etl.rejections 中。然后像夜间任务一样拉取
    一次：平台会再次下发这条记录，它仍按放弃处理，并按 serialNumber 回调其预约，除非同一个预约还有别的状态被
    隔离。serialNumber 读不出来的记录无法回调，每晚都会再来。

    退出码：0 已放弃；2 没有写 --yes；4 已放弃，有待回调：下一次运行会再次拉取并回调。

    示例：
      tijian quarantine discard 42 --yes
      tijian quarantine discard --rule calendar_date --older-than-days 90 --yes
help-quarantine-discard--yes = 确认放弃，无法撤销；不写则只统计条数

help-recover = 恢复备份之后：把落地目录里有、数据库里没有的重新入库
help-recover-tail =
    用于恢复过数据库备份，或提升过备库之后：落地目录里有此后提交的每个取数批次，还有记下各项决定的日志。它们会
    按原来的顺序、编号和时间重新入库；给财务的交接批次和已结账的月份逐字节相同。不调用平台。`tijian run` 会自动
    先做恢复。

    退出码：0 数据库与落地目录一致；1 不一致，并说明原因（缺少文件时，未作任何改动）；2 用法或定义有误；
    5 账号被占用；75 暂时故障，请重跑。

    示例：
      tijian recover                                    pipelines/ 中已启用的全部任务配置
      tijian recover pipelines/our.toml --accept-loss   跳过缺少的文件继续
help-recover--files = 任务配置文件；不写则为 pipelines/ 中已启用的全部任务配置。请写全共用这个数据库的账号
help-recover--accept-loss = 文件缺失或对不上时跳过，继续执行；其中的内容，除非平台再次下发，否则就丢失了

help-reconcile = 对账：把平台后台导出的名单与历史比对
help-reconcile-tail =
    示例：
      tijian reconcile list.xlsx pipelines/our-hospital.toml
      tijian reconcile list.csv --account our-hospital --from 2026-12-01 --to 2026-12-31
      tijian reconcile list.csv --column serial_number=单号 --out found.csv

    名单从平台后台导出：CSV（UTF-8、GB18030 或 UTF-16；以逗号、分号或制表符分隔）或 .xlsx。表头说明每一列是
    什么，顺序不限：
      serial_number    平台预约ID、预约ID、预约编号、预约号、serialNumber   （必需）
      order_status     预约状态、状态、orderStatus         代码或文字：1 已预约、2 改约、5 已取消预约等
      check_date       体检日期、预约体检日期、checkDate
      examination_fee  体检费用、费用、金额、examinationFee
    其他列不读取。名单没有给出的，不比对。

    差异的种类：
      missing_here   名单中有，历史中没有
      in_quarantine  同上，但记录正在隔离区
      missing_there  历史中有效，名单中没有
      different      状态、日期或费用不同
      contradictory  名单中同一个预约前后不一
      unreadable     单元格读不出来
    体检日期在名单的范围内，或在 --from 和 --to 之间的，才会算作 missing_there。历史中已取消、名单中没有的
    只计数，不算差异。

    历史截至最近一个取数批次：此后平台上的变化也会列出，下一晚之后消失。结果文件的各列为 account、
    serial_number、finding、field、here、there、line；其中没有任何个人信息，也不会显示出来。数据库不作任何修改。

    退出码：0 全部一致；2 名单或命令有误；3 有差异，见结果文件。
help-reconcile--list = 平台的名单，CSV 或 .xlsx
help-reconcile--file = 该账号的任务配置文件；不写则为 pipelines/ 中唯一启用的那个
help-reconcile--account = 没有任务配置文件时，指明账号
help-reconcile--column = 某一列在名单中的列标题，例如 serial_number=单号；可以写多次
help-reconcile--from = 体检日期从哪天起，例如 2026-12-01 [默认：名单中最早的]
help-reconcile--to = 体检日期到哪天止 [默认：名单中最晚的]
help-reconcile--out = 结果文件；从不覆盖 [默认：reconcile_<账号>_<时间>.csv]

help-replay = 用落地的取数批次重放历史，显示差异，并可切换到重放的结果
help-replay-tail =
    示例：
      tijian replay pipelines/our-hospital.toml              在现行历史之外重建，并显示差异
      tijian replay pipelines/our-hospital.toml --from 42    同上，从取数批次 42 起，用于更早的文件已经没有时
      tijian replay pipelines/our-hospital.toml --swap       同上，并取代现行历史

    按现在的契约读取落地的取数批次，以表结构所有者（执行 `tijian migrate` 的账号）的身份执行；不调用平台。契约
    没有变化时，结果逐行相同。整个过程是一个事务：不论在哪里中断，都不会改动任何内容。重建的内容在模式 replay 中
    （逐行的差异见 replay.differences）。

    切换后，被取代的历史不再保留：切换之前请备份数据库。要退回，请恢复该备份，并执行
    `tijian recover --accept-loss`，它会略过这次切换继续。

    从隔离区重试入库的记录，按当初收到它的取数批次重新判断，因此至少在 delivery_id 和 recorded_at 上先显示为差异。
    切换后，这次重试仍在台账里，但不再有计数。

    退出码：0 完全一致，或已切换；1 有差异，或失败；2 定义或密钥有误；5 账号被占用；75 暂时故障，请重跑。
help-replay--files = 任务配置文件
help-replay--swap = 用重建的历史取代现行历史；要退回，只能靠事先做的备份
help-replay--from = 从这个取数批次之前的现行历史开始，而不是从第一个批次开始：用于更早的文件已经没有时

help-adopt = 把落地目录和导出目录改归当前数据仓库，取代它们所记的那一个
help-adopt-tail =
    示例：
      tijian adopt pipelines/our.toml              列出属于其他仓库的目录
      tijian adopt pipelines/our.toml --confirm    改归 DATABASE_URL 所指的仓库

    账号的落地目录和导出目录里记着自己属于哪个数据仓库（文件 .warehouse），换成别的仓库时一律拒绝，因为多半是
    DATABASE_URL 写错了。确实要换成另一个仓库时（例如旧仓库丢失，新建了一个），用本命令确认一次。本命令只写这些
    小文件：不拉取，不入库，不删除，导出目录里已有的文件也原样保留。

    退出码：0 已改归，或没有要改归的；2 没有写 --confirm，只列出；5 账号被占用。
help-adopt--confirm = 确认改归；不写则只列出目录

help-retain = 删除超过保留天数的落地文件和隔离记录
help-retain-tail =
    示例：
      tijian retain pipelines/our-hospital.toml

    本机、数据库和平台（按其最近一个取数批次）的时钟相差超过两天时，什么都不删除：退出码 1。最近 30 个取数批次
    不论多久都保留。

    保留多久写在任务配置中：[landing] 和 [quarantine] 的 keep_days，以及财务导出的 snapshot_days。每晚结束时也会
    做同样的清理。
help-retain--clock-is-right = 已确认本机时钟准确，不再与平台最近一个取数批次的时间比对；用于平台不再下发数据的账号

help-erase = 从历史和隔离区中删除某个人的身份信息
help-erase-tail =
    示例：
      tijian erase --card-type 1             提示输入证件号，只统计
      tijian erase --card-type 1 --confirm < number.txt
      tijian erase --card-type 1 --confirm --also demo/ZJ109-000001 < number.txt

    姓名、证件号、手机号、健康卡号、出生月日（保留年份）和未知字段，会从每个版本和隔离记录中删除；收件箱里此人
    已处理的到检，以及写有其证件号的到检，也会删除；预约、到检、费用和人数保留。无法撤销。带身份信息的
    导出文件由下一晚或 `tijian export` 重新生成；落地的取数批次中仍有封存的副本，直到 keep_days 到期。

    证件号不论怎样书写，只要相同，该版本就属于此人，其预约的全部版本也是。按姓名加手机号、按健康卡号可能属于
    此人的预约，以及后来换了人的预约，会列出来逐条决定：用 --also 列入。删除之后再也没有线索找到它们，所以请先
    统计，再决定，最后确认。

    退出码：0 已删除，或没有找到此人；2 没有写 --confirm，未删除；5 账号被占用：请稍后再试。
help-erase--card-type = 证件类型在平台上的代码，例如 1 为身份证；不写则查找没有证件类型的记录
help-erase--also = 另一条也属于此人的预约，写成 账号/预约编号；可以写多次
help-erase--confirm = 确认删除；不写则只统计会删除什么

help-rotate-key = 更换站点密钥：重新封存落地文件和隔离记录，并重新生成全部 person_id
help-rotate-key-tail =
    示例：
      export TIJIAN_SITE_KEY_PREVIOUS="$TIJIAN_SITE_KEY"
      export TIJIAN_SITE_KEY="$(openssl rand -base64 32)"     继续之前，请先妥善保管
      tijian rotate-key

    不论何时中断，用同样的两把密钥再执行一次即可完成；在此之前，夜间运行要用更换前的密钥。
help-rotate-key--files = 任务配置文件；不写则为 pipelines/ 中的全部任务配置，不论是否启用

help-finance = 给财务的文件

help-finance-verify = 核验财务文件与清单、数据仓库是否一致；月结文件只与数据仓库核验
help-finance-verify-tail =
    示例：
      tijian finance verify data/export/finance/our-hospital_finance_delta_000042_20260107T020001.csv

    退出码：0 全部一致；1 文件有问题。
help-finance-verify--file = 财务文件：快照或增量文件，清单应在同一目录；或月结文件，凭文件名识别
help-finance-verify--offline = 只与清单核验，用于没有数据库的地方；月结文件没有清单

help-finance-month = 月结：按机构和支付方式列出余额，生成工作簿和 CSV
help-finance-month-tail =
    示例：
      tijian finance month 2026-11

    月份按交接批次的截至时间划分（北京时间），月末之后才能结账。之前尚未结账的月份会一并结账；已结账的月份不再
    改变，重新执行会生成完全相同的文件。
help-finance-month--month = 月份，例如 2026-11
help-finance-month--pipeline = 任务配置文件，可以写多次；不写则为 pipelines/ 中已启用的全部任务配置
help-finance-month--out = 文件放在哪个目录；不写则为财务导出目录下的 months/

help-lake = 数据湖：供计算引擎读取全省历史

help-lake-publish = 发布数据湖尚缺的内容，不取数
help-lake-publish-tail =
    示例：
      tijian lake publish                    已启用的全部任务配置的数据湖尚缺的内容
      tijian lake publish --again            全部重新发布，用于恢复备份之后
      tijian lake publish --decode           按当前数据契约重新解码全部取数批次，供 `tijian lake rebuild --decoded` 使用
      tijian lake publish --shard 0/40       同上，由分担账号的四十个进程中的第一个执行

    `tijian run` 结束时也会发布。写同一个数据湖的任务配置应放在同一条命令里：其他账号入库的内容由它们自己的命令发布。
    解码与重放一样，需要 `tijian migrate` 的登录账号，以及全部落地文件；其间该账号的每晚任务以 5 结束。最后完成的进程发布所有进程的结果；
    中断后重新启动的进程只解码尚缺的账号。
help-lake-publish--again = 不论数据湖中有什么，全部重新发布
help-lake-publish--decode = 按当前数据契约重新解码全部落地的取数批次
help-lake-publish--shard = 与 --decode 相同，但只解码该分片的账号

help-lake-rebuild = 用 Spark 按数据湖重建全部历史
help-lake-rebuild-tail =
    示例：
      tijian lake rebuild pipelines/our-hospital.toml
      tijian lake rebuild --engine 'spark-sql --master spark://master:7077 --executor-memory 8g'

    计算引擎是 Spark 4 的命令行 spark-sql：tijian 把 SQL 交给它，并让它在各执行进程旁运行 tijian 自己来计算版本，所以结果与每晚任务
    生成的相同。数据湖的地址在引擎的每台机器上都必须一样：存储桶，或共享目录。重建用到已发布的全部内容，包括该数据仓库的全部账号，
    不读取任何身份信息。

    全部校验通过之后，结果才一次可见：这时 pointer.json 的 built 指向它。引擎的输出在数据目录的 lake/rebuild.log。

    退出码：0 已重建；1 找不到引擎，或引擎、校验失败；2 用法错误；75 暂时失败：被终止、没有空闲的核、被另一次重建赶超，或数据湖无法访问。
    无论哪种失败，读者看到的仍是原来的内容。
help-lake-rebuild--files = 写着数据湖的任务配置文件；不写则为 pipelines/ 中已启用的全部任务配置
help-lake-rebuild--decoded = 用 `lake publish --decode` 的状态重建，而不用每晚发布的状态
help-lake-rebuild--engine = 引擎的命令及选项，写法与 shell 相同
help-lake-rebuild--worker = 引擎的机器运行的 tijian，与本机的不同时指定 [默认：本程序]
help-lake-rebuild--patience = 引擎等待空闲的核、没有开始工作的迹象时，最多等多久

help-lake-verify = 核对最近一次重建与数据仓库
help-lake-verify-tail =
    示例：
      tijian lake verify
      tijian lake verify pipelines/our-hospital.toml --rows

    把最近一次重建与 PostgreSQL 中截至同一取数批次的内容比较：按账号、体检月份、机构和支付方式，比较历史的预约数、版本数和费用，
    以及分录的笔数和金额；加 --rows 时，还逐行比较历史和日预约量的所有列。只输出数目和分组，不改动任何内容。

    退出码：0 全部一致；1 有差异，或某个账号还没有重建的结果。
help-lake-verify--files = 任务配置文件，决定核对哪些账号和数据湖；不写则为 pipelines/ 中已启用的全部任务配置
help-lake-verify--rows = 逐行比较，而不只比较数目和合计

help-db = 数据目录里的私有 PostgreSQL 服务器

help-db-serve = 保持服务器运行，直到 Ctrl-C，并显示连接地址
help-db-serve-tail =
    不加 --port 时，只能由超级用户通过套接字连接，并显示连接地址。加 --port 时，本机的 BI 工具可以用该登录账号
    连接 127.0.0.1，只能读取；其他账号一律拒绝。

    示例：
      tijian db serve                                          然后在另一个终端：psql <显示的地址>
      tijian db serve --port 15432                             数据集市，供 BI 工具使用
      tijian db serve --port 15432 --login wall --group dashboard   只有汇总，供多人查看的页面使用
help-db-serve--fetch-postgres = 本机没有 PostgreSQL 服务端程序时自动获取
help-db-serve--port = 同时在本机的这个端口上供 BI 工具连接
help-db-serve--login = 配合 --port：用来读取的登录账号；没有则新建
help-db-serve--group = 配合 --port：能读取什么。analyst：模式 mart，逐行明细；dashboard：模式 dashboard，只有汇总，人数很少的组不显示

help-db-psql = 用 psql 连接该服务器
help-db-psql-tail =
    示例：
      tijian db psql -- -c 'select count(*) from warehouse.reservation_versions'
help-db-psql--arguments = 传给 psql 的参数

help-completions = 输出 shell 的补全脚本
help-completions-tail =
    示例：
      tijian completions bash > /etc/bash_completion.d/tijian
help-completions--shell = 用于哪种 shell

help-man = 把手册页写入一个目录，供打包使用
help-man-tail =
    示例：
      tijian man target/man && man -l target/man/tijian-run.1
      tijian man target/man/zh --lang zh        中文手册页
help-man--dir = 已存在的目录；其中的同名页面会被替换

help-worker = 供其他引擎（如 Spark）调用的工作进程
help-worker-history = 按每晚任务的规则生成预约历史：从标准输入读取预约状态，向标准输出写出各版本
help-worker-history-tail =
    示例：
      tijian worker history < states.tsv > versions.tsv

    输入：每行一个通过校验的状态，依次为 account、serial_number、delivery_id、position（在该取数批次中的位置）、
    effective_at（1970 年以来的微秒数）、content_id（十六进制，内容相同则相同）、order_status、check_date、
    unconfirmed_pull（平台可能再次下发该预约的状态时，起始的那次较早取数；否则为空值。由隔离区补载的记录也为空值）。
    各行为 UTF-8，按 account、serial_number（均按字节）、delivery_id、position 排序；单元格以制表符分隔，
    内容恰为 \N 的单元格表示空值。

    输出：与输入逐行对应、顺序相同，依次为 account、serial_number、delivery_id、position、version、valid_from、valid_to
    （1970 年以来的微秒数；空值：当前版本）、change。没有引起任何变化的状态，后四列为空值。

    其他位置的反斜杠是普通字符：account 和 serial_number 按读到的原样写出。一行之内无法容纳的字符（制表符、换行符、回车符），
    以及恰为 \N 的值，须事先替换，事后还原。

    退出状态：0 正常；1 有一行无法读取，标准错误会指出是哪一行，此时任何结果都不作数。

## 手册页

help-section-name = 名称
help-section-synopsis = 概要
help-section-description = 描述
help-section-options = 选项
help-section-notes = 说明

## CliError：命令行

TJ-1021 = 无法启动异步运行时
TJ-1022 = 无法写入标准输出
TJ-1031 = 未作任何改动：要把这些目录改归当前仓库，请加上 --confirm
TJ-1032 = 这些到检只属于一个账号：请指定它的任务配置
TJ-1033 = { $list } 超过 { $bytes } 字节
TJ-1034 = { $list }：{ $problem }
TJ-1035 = --withdraw 中有一个编号为空、超过 500 个字符，或不是纯文本
TJ-1036 = { $naming } 指明了数据库，而 { $asked } 要求使用私有服务器：请去掉其中一个
TJ-1037 = 没有指明数据库：请设置 DATABASE_URL，或设置 PGHOST 和 PGDATABASE；要使用数据目录里的私有服务器，请加 --private-server 或设置 TIJIAN_PRIVATE_SERVER=1
TJ-1038 = --fetch-postgres 只用于私有服务器，而 DATABASE_URL 或 PG… 变量指明了别的服务器
TJ-1039 = 数据库账号 { $login } 的权限超出 { $group }，或者不能登录：请用 --login 另选一个
TJ-1040 = { $path } 已存在，而且不是演示目录：请用 --dir 指定另一个
TJ-1041 = 先前演示的服务器还在 { $path } 中运行：请结束使用它的程序（tijian db serve、psql），或用 --dir 指定另一个目录
TJ-1042 = 演示的任务配置不见了
TJ-1043 = { $option } { $path } 不是文件名
TJ-1044 = 没有删除任何内容：删除后无法恢复，因此必须加上 --confirm
TJ-1045 = 请从标准输入提供证件号，只写一行
TJ-1046 = 月份请写成 2026-11 的形式：年、连字符、月
TJ-1047 = { $month } 还没有结束：从北京时间 { $from } 起才能月结
TJ-1048 = 系统没有提供随机字节：{ $reason }
TJ-1049 = { $folder }/ 中没有已启用的任务配置；请复制 { $folder }/zheliban.toml，填好后设置 enabled = true
TJ-1050 = 当前位置没有目录 { $folder }/；请指定任务配置，或在该目录的上一级启动 tijian
TJ-1051 = 隔离区中没有记录 { $record }，或者已经不在了；编号见 `tijian quarantine list`
TJ-1052 = 请说明是哪些记录：写编号，或用 --field、--rule、--older-than-days
TJ-1053 = 没有放弃任何记录：共涉及 { $counted } 条，放弃后无法恢复，因此必须加上 --yes
TJ-1054 = 时间段的结束早于开始：{ $first } 至 { $last }
TJ-1055 = { $path } 已存在，从不覆盖
TJ-1056 = 一份名单只属于一个账号：请指定它的任务配置，或用 --account 指明
TJ-1059 = --from 指的是某一个账号的取数批次：请只给出一个任务配置
TJ-1060 = { $account } 没有财务导出：请用 --out 指定目录
TJ-1062 = 时间段共 { $days } 天（{ $first } 至 { $last }）；一页最多容纳 { $days_max } 天
TJ-1063 = TIJIAN_SITE_KEY 和 TIJIAN_SITE_KEY_PREVIOUS 是同一把密钥：请把 TIJIAN_SITE_KEY 设为新密钥
TJ-1070 = { $option } 要用的目录 { $folder } 不存在：请先创建，或另选位置
TJ-1071 = { $option } { $path } 是目录：请写明其中的文件名
TJ-1072 = 无法写入 { $option } 要用的目录 { $folder }（{ $reason }）：请另选位置，或取得该目录的写权限
TJ-1073 = { $path } 无法用作演示目录（{ $reason }）：请用 --dir 另选一个
TJ-1074 = { $path } 中正在运行另一个演示：请等它结束，或用 --dir 另选一个目录
TJ-1075 = { $path } 是文件，而 { $option } 在此处需要目录：请另选位置
TJ-1076 = 无法读取 { $path }（{ $reason }）：请指定一个存在且有权读取的文件
TJ-1077 = { $option } { $path } 不是 UTF-8 的文件名
TJ-1078 = { $option } { $path } 作为文件名过长：请换一个短些的
TJ-1079 = 标准输入第 { $line } 行：{ $problem }
TJ-1080 = 标准输入第 { $line } 行，{ $column } 列：{ $problem }
TJ-1081 = 这些任务配置都没有 kind = "lake" 的 [[export]]
TJ-1057 = --serial-number 为空、超过 500 个字符，或不是纯文本
TJ-1058 = --arrived-at 不是 '2026-11-25 08:10:00' 这样的时间

## 表格的列名

column-account = 账号
column-night = 第几晚
column-what-happened = 情况
column-delivery = 取数批次
column-deliveries = 批次数
column-received = 收到
column-accepted = 通过
column-rejected = 隔离
column-unchanged = 内容未变
column-opened = 新版本
column-closed = 关闭
column-callbacks = 回调（次）
column-pending = 待办
column-files = 文件
column-seconds = 用时（秒）
column-outcome = 结果
column-run = 运行
column-started = 开始时间
column-field = 字段
column-rule = 规则
column-records = 记录数
column-oldest = 最早收到
column-id = 编号
column-serial-number = 预约编号
column-first-seen = 首次收到
column-last-seen = 最近收到
column-reasons = 原因
column-tried = 重试
column-loaded = 入库
column-refused = 未通过
column-superseded = 已被取代
column-left-out = 跳过
column-discarded = 放弃
column-taken = 受理
column-repeated = 重复
column-waiting = 等待
column-confirmed = 平台已确认
column-entries = 日志条数
column-lost = 丢失

## 运行结果

outcome-good = 正常
outcome-quarantined = 有隔离记录
outcome-pending = 有待回调
outcome-locked = 账号被占用
outcome-temporary = 暂时故障，请重跑
outcome-failed = 失败
outcome-definition = 定义有误
outcome-running = 运行中或被强行终止

## tijian run：进度，以及 --watch 时 systemd 显示的状态

progress-owed = 正在补发上次没有发完的内容
progress-recovered = 已恢复 { $entries } 条日志
progress-pulling = 正在拉取
progress-loading = 正在入库 { $records } 条记录（{ $bytes }）
progress-loaded = 已入库 { $records } 条记录
progress-committing = 正在提交
progress-acknowledging = 正在回调
progress-confirmed = 平台已确认 { $confirmed } 条
progress-taking-arrivals = 正在受理到检
progress-took-arrivals = 已受理到检 { $arrivals } 条
progress-refreshing = 正在刷新数据集市
progress-refreshing-and-exporting = 正在刷新数据集市并导出
progress-exporting = 正在导出
progress-done = 完成
progress-replaying = 正在重放 { $deliveries } 个取数批次
progress-replayed = 已重放 { $nth } / { $deliveries } 个取数批次
progress-decoded = 已解码 { $nth } / { $deliveries } 个取数批次
progress-comparing = 正在与现行历史比较
progress-finishing = 正在收尾
watch-at-work = 正在运行 { $count } 个账号
watch-round = 上一轮：{ $all } 个账号中 { $good } 个正常
watch-out-of-reach = 上一轮：连不上数据库
watch-next = { $said }；下一轮在北京时间 { $next }
pause-form = 请写整数加单位，如 90s、10m 或 2h，范围 1s 至 24h
shard-form = 请写明是第几个分片（从 0 数起）和分片总数，例如 0/4、1/4、2/4、3/4；最多 10000 个分片
shard-empty = 分片 { $shard } 没有分到账号，无事可做

## tijian status

status-no-run = 还没有运行过
status-account = 账号 { $account }
status-last-run = 最近一次运行失败，原文：{ $failure }
status-reservations = 体检日期 { $first } 至 { $last } 的预约：共 { $total } 单，最多的一天是 { $day }，{ $most } 单
status-no-reservations = 体检日期 { $first } 至 { $last } 的预约：无
status-pending = 待发的回调和到检上报：{ $pending } 条，最早的始于 { $since }
status-none-pending = 待发的回调和到检上报：无
status-inbox = 收件箱中待处理的到检：{ $arrivals } 条，最早的始于 { $since }
status-inbox-refused = 最近七天未受理的到检：{ $arrivals } 条
status-lake = { $count ->
    [0] 数据湖 { $lake }：不缺取数批次
   *[other] 数据湖 { $lake }：还缺 { $count } 个取数批次
}
status-quarantine = 隔离区：
status-quarantine-empty = 隔离区：空

## tijian quarantine

quarantine-empty = 隔离区中没有记录
whole-record = 整条记录

## tijian arrive

arrive-line = 第 { $line } 行：{ $said }
arrive-inbox = { $account }，收件箱编号 { $inbox_id }：{ $said }
arrival-not-again = 未重复受理：{ $reason }
arrival-waits = 等待：{ $reason }
arrival-refused = 未受理：{ $reason }
arrival-already-taken = 该预约的到检此前已受理，以第一次的时间为准
arrival-in-future = 到检时间晚于现在；请检查写入时的时区
arrival-long-ago = 到检时间在一年以前
arrival-cancelled = 该预约已取消
arrival-unknown = 仓库中没有这个 serialNumber 的预约
withdrawal = { $serial_number }：{ $said }
withdrawal-of-nth = 给出的第 { $nth } 个编号：{ $said }
withdrawal-done = 已撤回：不再上报平台，也不计入统计；以后可以重新上报
withdrawal-repeated = 此前已撤回
withdrawal-confirmed = 没有撤回：平台已经确认
withdrawal-not-taken = 没有撤回：没有受理过这个 serialNumber 的到检
withdrawal-pending = { $account }：还有 { $arrivals } 条到检待上报
standard-input = 标准输入

## tijian retain、tijian erase

amount-deliveries = { $count } 个取数批次
amount-quarantined-records = { $count } 条隔离记录
amount-inbox-rows = { $count } 行到检收件箱
amount-snapshots = { $count } 个财务快照
amount-reservations = { $count } 个预约
amount-versions = { $count } 个版本
retained = { $account }：已清理 { $what }
retained-nothing = { $account }：时钟不一致，没有清理任何内容：{ $clocks }
clocks-apart = { $platform ->
    [none] 本机为 { $machine }，数据库为 { $database }，平台的最新取数批次没有给出时间（均为 UTC）
   *[other] 本机为 { $machine }，数据库为 { $database }，平台的最新取数批次为 { $platform }（均为 UTC）
}
erase-prompt = 证件号：
erased = { $account }：已删除个人身份，涉及 { $what }（删除编号 { $erasure_id }）
erase-would = { $account }：将删除个人身份，涉及 { $what }
erase-nothing = { $account }：没有此人的内容
erase-other-owner = { $account }/{ $serial_number }：曾属于此人，现在属于别人；要一并删除，请用 --also 指明
erase-lookalike = { $account }/{ $serial_number }：疑似属于此人，但证件号不同或没有证件号；要一并删除，请用 --also 指明
also-form = 请写明账号和预约，如 demo/ZJ109-000001

## tijian adopt

adopt-warehouse = 仓库 { $id }（{ $database }）
adopt-none = 没有属于其他仓库的目录
adopt-found = { $before ->
    [none] { $account }：{ $folder } 不属于任何仓库
   *[other] { $account }：{ $folder } 属于仓库 { $before }
}
adopt-done = { $before ->
    [none] { $account }：{ $folder } 已归当前仓库；原先不属于任何仓库
   *[other] { $account }：{ $folder } 已从仓库 { $before } 改归当前仓库
}

## tijian rotate-key

rotated-files = { $before ->
    [0] 已用新密钥封存 { $files } 个落地文件
   *[other] 已用新密钥封存 { $files } 个落地文件（另有 { $before } 个此前已封存）
}
rotated-before = 仓库此前已换到新密钥
rotated-records = 已用新密钥封存 { $records } 条隔离记录
rotated-persons = 已为 { $persons } 人更换 person_id（涉及 { $versions } 个版本）
rotated-files-owed = 下一次运行将重新生成 { $files } 个历史文件

## tijian migrate

migrated = 已执行 { $migration }
migrated-before = 表结构已是最新版本

## tijian audit：应当成立的事，以 sql/checks 中的查询命名

audit-broken = { $promise }：有 { $rows } 行不符
audit-versions-count-from-one-without-gaps = 版本号从 1 起连续编号
audit-versions-follow-each-other = 版本的起止时间前后衔接
audit-reservations-have-one-current-version = 每个预约只有一个当前版本
audit-consecutive-versions-differ = 相邻两个版本的内容不同
audit-versions-come-from-a-delivery = 每个版本都有对应的取数批次
audit-deliveries-opened-what-they-say = 各取数批次的新版本数与台账一致
audit-batches-add-up-to-their-delivery = 各平台批次之和等于取数批次
audit-refused-reservations-are-not-acknowledged = 隔离的预约没有回调
audit-cancelled-versions-say-so = 已取消的版本都有取消标记
audit-changed-months-are-marked = 有变动的月份都已标记
audit-daily-volumes-are-those-of-the-history = 每日预约量与历史一致
audit-rejected-records-have-a-reason = 隔离记录都有原因
audit-handoffs-follow-each-other = 交接批次前后衔接
audit-handoffs-hold-what-the-versions-give = 交接批次与版本推算的一致
audit-handoffs-hold-their-entries = 交接批次与其分录一致
audit-handed-over-amounts-are-the-active-fees = 已交接金额等于有效预约的费用
audit-closed-months-follow-each-other = 月结的月份前后衔接
audit-arrivals-are-of-reservations-and-owed-once = 到检都有对应的预约，且只上报一次

## tijian check

checked-none = { $folder }：没有任务配置文件
checked-pipeline = { $is_enabled ->
    [true] { $file }：账号 { $account }
   *[false] { $file }：账号 { $account }，未启用
}
checked-warning = { $file }：{ $warning }
checked-examples = { $file }：{ $count } 个示例
checked-examples-differ = { $file }：{ $count } 个示例中有 { $differ } 个不符
example-verdict = { $is_expected_good ->
    [true] 结论：应为通过，实为隔离
   *[false] 结论：应为隔离，实为通过
}
example-reasons = { $expected ->
    [none] 原因：应为无，实为 { $found }
   *[other] { $found ->
        [none] 原因：应为 { $expected }，实为无
       *[other] 原因：应为 { $expected }，实为 { $found }
    }
}
example-warnings = { $expected ->
    [none] 警告：应为无，实为 { $found }
   *[other] { $found ->
        [none] 警告：应为 { $expected }，实为无
       *[other] 警告：应为 { $expected }，实为 { $found }
    }
}
example-rejected = 取数批次 { $delivery } 的第 { $record } 条记录被隔离：{ $reasons }
example-expected = 应为 { $version }
example-found = 实为 { $version }
example-version = { $serial_number } 版本 { $version } { $change } [{ $from }, { $to })
example-version-twice = 有一个版本出现了两次
example-count = { $what }：应为 { $expected }，实为 { $found }

## tijian replay

replayed = { $account }：已重放 { $deliveries } 个取数批次，共 { $versions } 个版本
replay-identical = 与现行历史逐行一致
replay-differing = 有 { $differing } 个版本不同
replay-month = { $month }：仅现行历史有 { $live_only } 个，仅重放结果有 { $replay_only } 个，内容不同 { $different } 个
replay-version-live = { $serial_number } 版本 { $version }：仅现行历史有
replay-version-replay = { $serial_number } 版本 { $version }：仅重放结果有
replay-version-differs = { $serial_number } 版本 { $version }：{ $columns } 不同
replay-more = …… 另有 { $count } 个，全部见 replay.differences
replay-judged = 按现在的数据契约，新通过 { $accepted } 条，新隔离 { $refused } 条
replay-rule = { $is_rejecting ->
    [true] { $field } { $rule }：隔离 { $replay } 条，原先 { $live } 条
   *[false] { $field } { $rule }：警告 { $replay } 条，原先 { $live } 条
}
replay-rule-record = { $is_rejecting ->
    [true] （整条记录）{ $rule }：隔离 { $replay } 条，原先 { $live } 条
   *[false] （整条记录）{ $rule }：警告 { $replay } 条，原先 { $live } 条
}
replay-swapped = 已切换：下一次 `tijian run` 或 `tijian export` 会重新生成预约量和文件，差额随下一个交接批次交给财务
replay-swap-hint = 要把现行历史切换为重放结果，请执行 `tijian replay … --swap`；请先备份数据库，切换后只能靠备份恢复

## tijian reconcile

column-reservations = 预约数
reconcile-as-of = 账号 { $account }：历史截至 { $time } 的取数批次
reconcile-columns = 已读取的列：{ $columns }；未读取的列：{ $ignored } 个
reconcile-no-dates = 体检日期：名单中没有；除非用 --from 或 --to 说明名单的范围，否则不查找名单缺少的预约（missing_there）
reconcile-dates = 体检日期：{ $first } 至 { $last }
reconcile-listed = 名单中
reconcile-agree = 一致
reconcile-missing-here = 本库缺少（missing_here）
reconcile-missing-there = 名单缺少（missing_there）
reconcile-different = 不一致（different）
reconcile-in-quarantine = 在隔离区（in_quarantine）
reconcile-contradictory = 名单自相矛盾（contradictory）
reconcile-unreadable = 无法读取的单元格（unreadable）
reconcile-cancelled = 本库已取消，名单中没有
reconcile-outside = 不在上述体检日期内
reconcile-found = 差异见：{ $path }

## tijian db serve

served-host = 主机    { $host }
served-port = 端口    { $port }
served-database = 数据库  { $database }
served-user = 用户    { $login }
served-password = { $is_set ->
    [true] 密码    已设置；如需更改：{ $command }
   *[false] 密码    尚未设置；请设置：{ $command }
}
served-schema = 模式    { $schema }

## 参数的写法

column-form = 请写成 字段=列标题
column-fields = 可用的字段有 { $names }
column-heading-empty = 列名是空的
date-form = 不是 2026-12-01 这样的日期
login-form = 请用小写字母、数字和 _，以字母开头，最多 63 个字符
duration-form = 请写整数加单位，如 200ms、90s、10m 或 24h

## 错误的外围文字

error = { $code ->
    [none] 错误：{ $message }
   *[other] 错误 { $code }：{ $message }
}
because = { $code ->
    [none] 原因：{ $message }
   *[other] 原因 { $code }：{ $message }
}
what-to-do = 处理办法：{ $remedy }
coded = { $code ->
    [none] { $problem }
   *[other] { $code }：{ $problem }
}
account = 账号 { $account }：
operation-listen-for-metrics = 无法监听 { $address }（--metrics-listen）

support-written = { $path }：请先查看内容，再发给提供支持的人
support-no-log = journalctl 没有给出日志：{ $reason }

## worker 的各行

worker-cells = 有 { $count } 个单元格，应为 { $wanted } 个
worker-long = 超过 { $bytes } 字节
worker-cut-off = 输入在行尾之前中断
worker-null = 为空值，此处必须有值
worker-no-utf-8 = 不是 UTF-8
worker-carriage-return = 含有回车符，须先替换
worker-empty = 为空
worker-no-number = 不是纯数字
worker-no-time = 不是 1970 年至 9999 年之间以微秒计的时间
worker-no-hex = 不是 1 至 { $bytes } 字节的十六进制数
worker-no-date = 不是 2026-11-25 这样的日期
worker-unsorted = 没有排在上一行之后；请按 account、serial_number、delivery_id、position 排序，文本按字节比较
worker-later-pull = 不早于本取数批次
worker-forgotten-pull = 早于平台还可能重复下发的范围
worker-other-pull = 同一预约在同一取数批次中的各行必须相同
worker-other-time = 同一预约在同一次取数中的各行必须相同

## tijian lake

lake-up-to-date = { $lake }：没有待发布的内容；最近一次发布为第 { $number } 次
lake-published = { $lake }：已发布到第 { $number } 次：{ $deliveries } 个取数批次，{ $states } 个状态
lake-decoded-account = { $account }：已解码 { $deliveries } 个取数批次，{ $states } 个状态
lake-decoded-before = { $account }：已按同一数据契约解码
lake-decoded = { $lake }：全部账号已解码并发布
lake-decoding-open = { $lake }：{ $accounts } 个账号中已解码 { $decoded } 个，全部完成后发布
patience-form = 应为大于零的时间，例如 90s、10m 或 1h
progress-engine-starts = 计算引擎正在启动，或在等待空闲的核
progress-planning = 计算引擎正在计算版本
progress-writing-history = 计算引擎正在写历史
progress-summing = 计算引擎正在汇总日预约量和分录
progress-checking = 计算引擎正在校验结果
rebuilt = { $lake }：已按第 { $publication } 次发布重建：{ $states } 个状态得到 { $versions } 个版本，日预约量 { $volumes } 行，分录合计 { $totals } 行
rebuilt-overtaken = （计算期间又有第 { $newest } 次发布：由下一次重建处理）
lake-verified = { $lake }：按第 { $publication } 次发布重建的结果，与数据仓库核对
lake-part-history-totals = 历史，按账号、月份、机构和支付方式
lake-part-journal-totals = 分录，按账号、月份、机构和支付方式
lake-part-daily-volumes = 日预约量，逐行
lake-part-history = 历史，逐行
lake-part-agrees = { $rows } 行一致
lake-part-differs = { $equal } 行一致，{ $different } 行不同，数据湖中缺 { $missing_there } 行，数据仓库中缺 { $missing_here } 行
lake-account-not-built = 账号 { $account } 还没有重建的结果：先发布，再重建

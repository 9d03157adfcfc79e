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
TJ-1039 = 账号 { $login } 的权限超出 { $group }，或者不能登录：请用 --login 另选一个
TJ-1040 = { $path } 已存在，而且不是演示目录：请用 --dir 指定另一个
TJ-1041 = 先前演示的服务器还在 { $path } 中运行：请结束使用它的程序（tijian db serve、psql），或用 --dir 指定另一个目录
TJ-1042 = 演示的任务配置不见了
TJ-1043 = --out { $path } 不是文件名
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
TJ-1057 = --serial-number 为空、超过 500 个字符，或不是纯文本
TJ-1058 = --arrived-at 不是 '2026-11-25 08:10:00' 这样的时间

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
account = 账号 { $account }：
operation-listen-for-metrics = 无法监听 { $address }（--metrics-listen）

support-written = { $path }：请先查看内容，再发给提供支持的人
support-no-log = 这里无法运行 journalctl：{ $reason }


## OtherWarehouse：属于另一个仓库

TJ-6001 = { $folder } 属于仓库 { $remembered }，而{ $present }
TJ-6002 = { $folder } 里有账号 { $account } 的取数批次，而{ $present }，其中查不到这些取数批次

## RunError：运行

TJ-6011 = 账号被另一个任务占用
TJ-6012 = 有任务正在运行：此时不能更换站点密钥
TJ-6013 = tijian 的一个工作线程异常退出；该取数批次没有提交任何内容
TJ-6014 = 这个账号的运行异常中止；已提交的内容仍然保留，下一次运行会接着做

## UnknownRecord：找不到记录

TJ-6311 = 记录 { $record } 不在隔离区，或者已经不在了；编号见 `tijian quarantine list`
TJ-6312 = 记录 { $id } 属于账号 { $account }：请把它的任务配置也写上

## RecoverError：恢复

TJ-6101 = 数据库比落地目录旧：数据库停在日志第 { $known } 条，落地目录中有第 { $first } 至 { $last } 条；未作任何改动
TJ-6102 = 数据库比落地目录旧，而同属这个仓库的账号 { $accounts } 没有列入本次执行；未作任何改动
TJ-6103 = 没有拉取任何数据：{ $accounts } 恢复失败，而各账号的取数批次共用编号
TJ-6104 = 数据库与落地目录不属于同一段历史：从日志第 { $entry_number } 条起不一致；未作任何改动
TJ-6105 = 有日志文件无法读取：由更新版本的 tijian 写入，或被改动过
TJ-6106 = 落地目录中缺少日志第 { $first } 至 { $last } 条；未作任何改动
TJ-6107 = { $more ->
    [none] 已提交而数据库中没有的 { $of } 个取数批次，有 { $missing } 个不在落地目录里：{ $named }；未作任何改动
   *[other] 已提交而数据库中没有的 { $of } 个取数批次，有 { $missing } 个不在落地目录里：{ $named }，另有 { $more } 个未列出；未作任何改动
}
TJ-6108 = 取数批次 { $delivery_id } 的落地文件当初有 { $expected } 条记录，现在读出 { $found } 条：没有重新入库
TJ-6109 = 日志第 { $entry_number } 条重做的结果会与当初不同：{ $what }现为 { $found }，当初为 { $expected }；没有执行这一条
TJ-6110 = 要重新入库的取数批次编号 { $delivery_id } 已被账号 { $account } 占用
TJ-6111 = 系统没有提供随机数
TJ-6112 = 备份之后曾用重放的历史切换过现行历史：这一步不会自动重做
TJ-6113 = 没有拉取任何数据：数据库比落地目录旧，其他分片还有 { $count } 个账号没有恢复，而各账号的取数批次共用编号

## ReplayError：重放

TJ-6201 = 这个账号没有取数批次 { $delivery_id }；未作任何改动
TJ-6202 = 取数批次 { $delivery_id } 之后的重试入库了更早的记录，从这里重放会丢失它们；未作任何改动
TJ-6203 = { $complete_from ->
    [none] { $of } 个取数批次中有 { $missing } 个不在落地目录里：第一个是取数批次 { $delivery_id }，{ $file }，{ $received_on } 收到；最后一个也不在；未作任何改动
   *[other] { $of } 个取数批次中有 { $missing } 个不在落地目录里：第一个是取数批次 { $delivery_id }，{ $file }，{ $received_on } 收到；从取数批次 { $complete_from } 起文件齐全；未作任何改动
}
TJ-6204 = 落地文件 { $file } 不是当初入库的取数批次 { $delivery_id }：{ $what }为 { $found }，台账中为 { $expected }；未作任何改动
TJ-6205 = 还有 { $count } 条回调待发：此时不能切换历史；未作任何改动

## 其他

TJ-6015 = { $of } 条记录中有 { $refused } 条首次不合格，多数因为 { $most_broken }，而 reject_max 只允许 { $reject_max }：该取数批次没有入库，也没有回调
TJ-6016 = 已按要求停止；没有留下半截数据，重新运行即可继续
TJ-6301 = 账号 { $account } 没有预约 { $serial_number }；没有删除任何内容
present-warehouse = 当前是仓库 { $id }（{ $database }）
present-none = 当前数据库里还没有仓库（{ $database }）
file-of-day = { $file }（{ $received_on } 收到）
caused = { $problem }：{ $cause }
own-words = { $words }

## 系统和程序库报的错

system = { $kind ->
    [address-in-use] 地址或端口已被占用（{ $words }）
    [address-not-available] 本机没有这个地址（{ $words }）
    [already-exists] 已经存在（{ $words }）
    [broken-pipe] 对方不再接收（{ $words }）
    [connection-aborted] 连接中止（{ $words }）
    [connection-closed] 对方没有答完就关闭了连接（{ $words }）
    [connection-refused] 连接被拒绝（{ $words }）
    [connection-reset] 连接被对方重置（{ $words }）
    [folder-not-empty] 目录不为空（{ $words }）
    [file-too-large] 文件过大（{ $words }）
    [host-unreachable] 主机不可达（{ $words }）
    [invalid-file-name] 文件名无效或过长（{ $words }）
    [invalid-input] 系统不接受这样的参数（{ $words }）
    [is-a-folder] 是目录（{ $words }）
    [network-down] 网络已断开（{ $words }）
    [network-unreachable] 网络不可达（{ $words }）
    [not-a-folder] 路径中有一段不是目录（{ $words }）
    [not-connected] 没有连接（{ $words }）
    [not-found] 文件或目录不存在（{ $words }）
    [out-of-memory] 内存不足（{ $words }）
    [permission-denied] 权限不足（{ $words }）
    [quota-exceeded] 超出磁盘配额（{ $words }）
    [read-only-file-system] 文件系统只读（{ $words }）
    [resource-busy] 正被占用（{ $words }）
    [storage-full] 磁盘已满（{ $words }）
    [timed-out] 超时（{ $words }）
    [unexpected-end] 内容提前结束（{ $words }）
    [unknown-host] 无法解析主机名（{ $words }）
    [unsupported] 系统不支持（{ $words }）
   *[other] { $words }
}

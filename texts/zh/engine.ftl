
## EngineError

TJ-7602 = 计算引擎要带上的程序 { $path } 不存在或不能执行：用 --worker 指定一个 tijian 程序
TJ-7603 = 计算引擎不能带上这个名字的程序：{ $path }；文件名只能用字母、数字、点、连字符和下划线，路径中不能有逗号
TJ-7604 = 找不到计算引擎的命令，或不能执行：{ $command }；用 --engine 指定（shell 的说明见 { $log }）
TJ-7605 = 计算引擎以状态 { $status } 结束；原因见 { $log } 末尾；没有改动任何内容
TJ-7606 = 计算引擎被信号 { $signal } 终止；它的输出见 { $log }；没有改动任何内容
TJ-7607 = 计算引擎 { $seconds } 秒内没有开始工作的迹象：没有空闲的核，或集群无法连接；它的输出见 { $log }；没有改动任何内容

## RebuildError

TJ-7611 = { $lake } 中还没有发布任何内容
TJ-7612 = { $lake } 中还没有重建的结果
TJ-7613 = 另一次重建（按第 { $publication } 次发布）已在此期间完成；它读到的内容更新，或开始得更晚，读取方看到的是它的结果；本次的结果已丢弃
TJ-7614 = 计算引擎的结果不符合校验（{ $checks }）；结果已丢弃，没有改动任何内容
TJ-7615 = 计算引擎写出 { $found } 行 { $part }，应为 { $expected } 行；结果已丢弃，没有改动任何内容
TJ-7616 = 计算引擎运行期间，数据湖中它读取的文件已被替换（抹除个人信息、更换密钥，或全部重新发布）；结果已丢弃，没有改动任何内容
TJ-7617 = { $lake } 中还没有重新解码的状态，或有账号尚未完成
TJ-7618 = 解码该账号期间，数据湖的全部解码结果已被撤回（抹除个人信息、更换密钥、切换重放，或另一条命令要求了其他账号）；本次结果无效
lake-check-deliveries-have-their-states = 每个取数批次的状态齐全
lake-check-every-state-came-back = 工作程序对每个状态都有应答
lake-check-deliveries-opened-what-they-say = 各取数批次的新版本数与台账一致
lake-check-history-has-every-version = 历史含有计算出的每个版本
lake-check-versions-count-from-one-and-follow-each-other = 版本从 1 连续编号并首尾相接
lake-check-volumes-count-the-current-versions = 日预约量等于当前版本数
lake-check-journal-totals-are-the-active-fees = 分录合计等于有效费用

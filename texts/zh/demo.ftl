# `tijian demo`：各晚的情况，以及结束时的汇总。

demo-night-first = 第一晚：全部是新预约
demo-night-callback-lost = 一次回调的应答丢失：下次拉取时补上
demo-night-token-expires = 令牌过期：重新获取
demo-night-pull-fails = 首次拉取遇到 HTTP 503：重试成功
demo-night-arrivals = 普通的一晚；上报了三人到检
demo-night-ordinary = 普通的一晚
demo-night-again = 紧接着再运行一次：没有变化

demo-totals = 预约 { $reservations } 单，{ $people } 人，{ $versions } 个版本；已取消 { $cancelled } 单；预约金额 { $fees } 元
demo-quarantine = { $reasons ->
    [none] 隔离区：空
   *[other] 隔离区：{ $reasons }
}
demo-pending = 待回调：{ $pending } 条
demo-arrivals = 到检上报：{ $arrivals } 条
demo-audit = { $violations ->
    [0] 内部核对：共 { $checks } 项，全部相符
   *[other] 内部核对：共 { $checks } 项，有 { $violations } 行不符
}
demo-doctor = 自检：{ $verdict }
demo-took = 用时 { $seconds } 秒

demo-look-further = 继续查看：
demo-files = 文件：
demo-file-history = Parquet，体检日期每月一个文件（预约历史）
demo-file-mart = Parquet，按体检日期统计的预约量
demo-file-finance = 供 Excel 打开的 CSV：财务快照和交接批次，附清单文件
demo-file-landing = 收到的取数批次原文，已加密
demo-file-definition = 本次演示所用的任务配置

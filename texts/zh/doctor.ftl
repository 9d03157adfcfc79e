# `tijian doctor`：检查什么，查到什么。

## 检查项名称

check-database = 数据库
check-version = 数据库版本
check-rights = 数据库权限
check-migrations = 表结构
check-site-key = 站点密钥
check-server = 数据库服务器
check-session = 会话默认值
check-pooler = 连接池
check-standbys = 备库
check-database-clock = 数据库时钟
check-secrets = 密钥变量
check-key-length = 密钥长度
check-platform = 平台
check-tls = TLS 证书
check-token = 令牌
check-clock = 时钟
check-warehouse = 仓库
check-landing-folder = 落地目录
check-export-folder = 导出目录
check-lake = 数据湖
check-acknowledgements = 回调
check-arrivals = 到检上报
check-quarantine = 隔离区
check-last-night = 最近一晚
check-lost-runs = 失败的运行
check-timestamps = 平台时间
check-retention = 到期清理
check-pipelines = 任务配置

## 查到的内容

doctor-account = 账号 { $account }
doctor-no-database = 没有数据库
doctor-left-out = 未检查：{ $why }
doctor-trouble = { $problem }；处理办法：{ $remedy }
doctor-all-good = 一切正常
doctor-verdict = 需处理 { $broken } 项，请留意 { $watch } 项，未检查 { $left_out } 项：退出码 { $status }
doctor-accounts = { $accounts }

## 未检查的原因

left-out-the-database-is-out-of-reach = 连不上数据库
left-out-the-schema-is-not-that-of-this-tijian = 表结构与此版本的 tijian 不符
left-out-there-is-no-schema-yet = 尚未建表
left-out-there-is-no-key = 没有密钥
left-out-there-is-no-client-to-ask-with = 无法建立访问平台的客户端
left-out-the-secrets-cannot-be-used = 密钥变量不可用
left-out-the-platform-s-answer-says-no-time = 平台的应答没有给出时间
left-out-the-platform-is-out-of-reach = 连不上平台
left-out-the-server-is-not-trusted = 不信任对方服务器
left-out-the-demo-s-platform-ended-with-the-demo = 演示用的模拟平台已随演示结束
left-out-there-is-no-token = 没有拿到令牌

## 数据库

doctor-reachable = 可以连接，登录账号为 { $login }
doctor-version = PostgreSQL { $version } 版
doctor-version-newer = PostgreSQL { $version } 比此版本的 tijian 测试过的版本新
doctor-version-old = PostgreSQL { $version } 太旧
doctor-owner = { $login } 是表结构的所有者
doctor-no-rights = 还没有人给 tijian_loader 组授权
doctor-all-rights = tijian_loader 的 { $count } 项权限齐全
doctor-rights-missing = { $more ->
    [none] { $login } 缺少夜间运行所需的权限：{ $rights }
   *[other] { $login } 缺少夜间运行所需的权限：{ $rights }，另有 { $more } 项
}
doctor-schema-current = 表结构为第 { $version } 版，与此版本的 tijian 相符
doctor-schema-behind = 表结构为第 { $applied } 版，此版本的 tijian 需要第 { $needed } 版
doctor-no-schema = 尚未建表：首次运行时自动创建
doctor-key-alone = 32 字节；未与仓库的密钥比对：{ $why }
doctor-key-known = 32 字节，与仓库使用的密钥一致
doctor-key-first = 32 字节；首次运行时与仓库绑定

## 服务器

doctor-durable = 数据安全：fsync 和 full_page_writes 已开启；编码为 UTF8
doctor-defaults-good = 没有会造成妨碍的默认值
doctor-defaults = 有些默认值本会造成妨碍，但在这里不起作用：{ $settings }
doctor-no-pooler = 没有事务模式的连接池
doctor-no-standby = 没有备库
doctor-standby-missing = 每次 COMMIT 都要等待同步备库，但没有备库连接上来
doctor-standbys-asynchronous = 已连接 { $count } 个备库，都不是同步备库：一旦提升为主库，可能缺少已经回调的数据
doctor-standbys = 已连接 { $count } 个备库，其中同步备库 { $synchronous } 个
doctor-standbys-unseen = 已连接 { $count } 个备库，COMMIT 会等待同步备库；哪些是同步备库，只有 pg_monitor 的成员能看到
doctor-database-clock-good = 与本机时钟相差 { $span }
doctor-database-clock = { $is_ahead ->
    [true] 本机时钟比数据库快 { $span }
   *[false] 本机时钟比数据库慢 { $span }
}

## 平台

doctor-secrets-set = 已设置：{ $names }
doctor-secrets = { $problems }
doctor-key-length = { $bytes } 字节，即 AES-{ $bits }
doctor-answers = { $url } 有应答
doctor-pinned = 对方服务器的证书与 certificate_sha256 一致
doctor-trusted = 对方服务器的证书受信任
doctor-loopback = 没有使用，也不需要：平台就在本机
doctor-token = 用时 { $milliseconds } 毫秒
doctor-platform-clock-good = 与平台时钟相差 { $span }
doctor-platform-clock = { $is_ahead ->
    [true] 本机时钟比平台快 { $span }
   *[false] 本机时钟比平台慢 { $span }
}

## 目录

doctor-own-folders = { $id }：没有属于其他仓库的目录
doctor-room = { $dir }：剩余 { $free }
doctor-little-room = { $dir }：剩余 { $free }，只比需要的 { $needed } 略多
doctor-no-room = { $dir }：剩余 { $free }，需要 { $needed }

## 台账与各晚运行

doctor-none-pending = 没有待办
doctor-pending = { $count } 条待办，最早的已等待 { $age }
doctor-quarantine-empty = 空
doctor-quarantine = { $count } 条记录，最早的已等待 { $age }
doctor-no-good-night = 还没有一晚成功过
doctor-no-night = 还没有运行过
doctor-night-late = 上一次成功是在 { $age }前
doctor-night-failed = 上一次成功是在 { $age }前，最近一次运行失败
doctor-night-good = { $age }前成功
doctor-no-lost-runs = 上次成功以来没有失败
doctor-lost-runs = 上次成功以来失败 { $failed } 次，被强行终止 { $killed } 次
doctor-times-good = 平台时间都不晚于接收时间
doctor-times-were-ahead = 最近一批正常；曾有 { $count } 批的平台时间晚于接收时间，以接收时间为准
doctor-time-ahead = 最近一批的平台时间比接收时间晚 { $span }，以接收时间为准；这样的取数批次共有 { $count } 批
doctor-retention-good = 没有逾期未清理的数据
doctor-retention-kept = 最近一晚因时钟不一致而没有清理到期数据：{ $clocks }

span-days = { $count } 天
span-hours = { $count } 小时
span-minutes = { $count } 分钟
span-seconds = { $count } 秒

## 数据湖

doctor-lake-good = { $lake } 在第 { $number } 次发布，没有待发布的内容
doctor-lake-owed = { $lake } 还缺 { $count } 个取数批次


## WarehouseError：仓库

TJ-4001 = DATABASE_URL 不能用作 PostgreSQL 连接串
TJ-4002 = 无法按 PG… 变量连接 PostgreSQL
TJ-4003 = 无法初始化访问 PostgreSQL 的 TLS
TJ-4004 = 无法与 PostgreSQL 服务器建立 TLS 连接：{ $failure }（{ $target }）
TJ-4005 = 无法连接 PostgreSQL（{ $target }）
TJ-4006 = { $is_first ->
    [true] PostgreSQL 没有可用的连接（{ $target }）
   *[false] PostgreSQL 没有第二个可用的连接（{ $target }）
}
TJ-4007 = 无法连接 PostgreSQL（{ $target }）：对方没有在时限内应答（connect_timeout）
TJ-4008 = 无法从程序的连接池取得连接
TJ-4010 = 无法升级数据库的表结构
TJ-4013 = { $applied ->
    [0] 数据库中还没有 tijian 的表结构，数据库账号 { $login } 也无权创建
   *[other] 数据库的表结构是版本 { $applied }，当前 tijian 需要版本 { $needed }，而数据库账号 { $login } 无权修改表结构
}
TJ-4014 = { $applied ->
    [0] 数据库中还没有 tijian 的表结构
   *[other] 数据库的表结构是版本 { $applied }，当前 tijian 需要版本 { $needed }
}
TJ-4015 = TIJIAN_SITE_KEY 不是这个仓库入库时所用的密钥
TJ-4016 = TIJIAN_SITE_KEY 是已于 { $retired_on } 更换掉的旧密钥
TJ-4017 = TIJIAN_SITE_KEY 和 TIJIAN_SITE_KEY_PREVIOUS 都不是这个仓库入库时所用的密钥
TJ-4018 = 数据库账号 { $login } 不是表结构的所有者，无权{ $what }
TJ-4019 = 历史中有 person_id 与用原密钥从其证件号算出的不一致；未作任何改动
TJ-4020 = 无法封存要放入隔离区的记录
TJ-4021 = 无法打开隔离记录 { $rejection_id }
TJ-4022 = 日志（journal）无法使用：{ $problem }
TJ-4023 = 取数批次 { $delivery_id } 入库核对不一致：{ $what }；该批次没有提交任何内容

## UrlProblem：连接参数

TJ-4051 = 不是 postgresql:// 开头的 URL，或者有无法识别的选项或取值
TJ-4052 = 不该出现的位置有空格或 @ # / ? % 之一：账号或密码中的这些字符要用百分号编码
TJ-4053 = 主机的写法不正确
TJ-4054 = 多个主机中有一个为空
TJ-4055 = 端口不是 1 至 65535 之间的数
TJ-4056 = 不支持选项 { $option }
TJ-4057 = sslmode 只能是 disable、prefer、require、verify-ca 或 verify-full
TJ-4058 = sslrootcert 无法使用
TJ-4059 = { $variable } 指定的证书无法使用
TJ-4060 = { $variable ->
    [none] TLS 要核对服务器名称与证书是否一致：写了 hostaddr，还要写 host
   *[other] TLS 要核对服务器名称与证书是否一致：设置了 { $variable }，还要写 host
}
TJ-4061 = { $variable ->
    [none] 端口或地址的个数与主机的个数不一致
   *[other] 端口或地址的个数与主机的个数不一致（{ $variable }）
}
TJ-4062 = { $variable } 要求的功能，tijian 不支持
TJ-4063 = { $variable } 的取值无法识别
TJ-4064 = 没有指定登录账号，而运行本进程的用户在本机上也没有用户名

## 表结构

schema-no-column = 版本中没有列 { $column }
schema-warehouse-lost = etl.warehouse 缺少它应有的那一行：请从备份恢复
schema-pool = 无法建立程序的连接池：{ $reason }
schema-ahead = 数据库的表结构是版本 { $applied }，当前 tijian 最高只支持到 { $known }：请安装升级过它的那个新版 tijian

## 入库核对

sum-ended-version = 要结束的版本已经不是当前版本
sum-breaks = { $breaks } 个版本在历史中留下空档或重叠
sum-open-copy = COPY 尚未结束就执行了另一条语句
sum-records = 解析出 { $decoded } 条记录，入库 { $received } 条
sum-unreadable-version = 历史中有版本无法读取
sum-fingerprint = 历史中有指纹长度不对

## ServerFault：服务器不合要求

server-standby = 这台 PostgreSQL 服务器是备库：不接受写入
server-read-only = 这台 PostgreSQL 服务器是只读的（default_transaction_read_only 已开启）
server-fsync-off = 这台 PostgreSQL 服务器关闭了 fsync：一旦机器崩溃，已经向平台回调的数据可能丢失
server-full-page-writes-off = 这台 PostgreSQL 服务器关闭了 full_page_writes：一旦机器崩溃，历史可能损坏
server-replication-role = session_replication_role 为 { $role }：PostgreSQL 将不检查外键
server-encoding = 这个数据库的编码是 { $encoding }，而中文姓名需要 UTF8
server-pooler = 连接经过事务模式或语句模式的连接池（如 PgBouncer）：防止两个任务同时运行的锁在这里不起作用

## DatabaseName：哪个数据库

database-name = { $port ->
    [none] 数据库 { $name }，主机 { $host }
   *[other] 数据库 { $name }，主机 { $host }，端口 { $port }
}
database-target = { $database }，登录名 { $login }

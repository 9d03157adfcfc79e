# 什么操作失败了：以代码中的英文操作名命名，每条是一整句。

## 对文件或目录的操作

operation-change-the-owner-of = 无法修改 { $path } 的所有者
operation-copy = 无法复制 { $path }
operation-create = 无法创建 { $path }
operation-create-a-temporary-file-for = 无法为 { $path } 创建临时文件
operation-create-folder = 无法创建目录 { $path }
operation-create-the-folder = 无法创建目录 { $path }
operation-empty = 无法清空 { $path }
operation-find = 无法找到 { $path }
operation-find-a-version-in = 无法从 { $path } 中读出版本号
operation-fsync = 无法把 { $path } 写入磁盘（fsync）
operation-fsync-the-folder = 无法把目录 { $path } 写入磁盘（fsync）
operation-hand-over-folder = 无法把目录 { $path } 转交给运行 PostgreSQL 的用户
operation-hear-from-the-server-in = 无法得知 { $path } 中服务器的启动结果
operation-let-a-login-in-in = 无法在 { $path } 中放行账号
operation-list = 无法列出 { $path }
operation-list-the-folder = 无法列出目录 { $path }
operation-lock-the-folder = 无法锁定目录 { $path }
operation-lock = 无法锁定 { $path }
operation-look-at-folder = 无法查看目录 { $path }
operation-look-up-the-owner-of = 无法查询 { $path } 的所有者
operation-open = 无法打开 { $path }
operation-read = 无法读取 { $path }
operation-read-the-users-in = 无法读取 { $path } 中的用户
operation-remove = 无法删除 { $path }
operation-rename = 无法重命名 { $path }
operation-rename-into-place = 无法把临时文件改名为 { $path }
operation-run-initdb-in = 无法在 { $path } 中执行 initdb
operation-run-pg-ctl-for = 无法为 { $path } 执行 pg_ctl
operation-run-sh-for = 无法为 { $path } 执行 sh
operation-see-how-much-room-there-is-in = 无法查询 { $path } 的剩余空间
operation-set-the-time-of = 无法设置 { $path } 的时间
operation-share-the-start-lock-of = 无法共享 { $path } 的启动锁
operation-start-the-server-in = 无法启动 { $path } 中的服务器
operation-sync-folder = 无法把目录 { $path } 写入磁盘
operation-wait-for-the-server-s-guard-in = 无法等待 { $path } 中服务器的守护进程结束
operation-write = 无法写入 { $path }

## 对数据库及其他

operation-advance-the-numbers-of-deliveries = 无法推进取数批次的编号
operation-ask-for-the-server-s-version = 无法查询服务器版本
operation-ask-the-database-for-the-time = 无法查询数据库的时间
operation-ask-whether-the-history-can-be-swapped = 无法查询能否切换历史
operation-ask-who-answers = 无法查询当前连接的后端进程
operation-ask-who-is-logged-in = 无法查询当前登录的账号
operation-audit-the-warehouse = 无法对仓库做内部核对
operation-begin-the-load = 无法开始入库
operation-begin-the-retention = 无法开始到期清理
operation-bring-the-warehouse-under-the-new-site-key = 无法把仓库换到新的站点密钥
operation-check-the-changed-histories = 无法检查有变动的历史
operation-claim-the-delivery = 无法登记取数批次
operation-close-the-month = 无法月结
operation-close-versions = 无法关闭版本
operation-commit-the-load = 无法提交入库事务
operation-commit-the-retention = 无法提交到期清理事务
operation-compare-the-histories = 无法比较两份历史
operation-compare-the-site-key = 无法核对站点密钥
operation-compare-the-site-keys = 无法核对新旧站点密钥
operation-configure-the-session = 无法设置会话
operation-configure-the-transaction = 无法设置事务
operation-copy-versions-into-the-history = 无法把版本写入历史
operation-count-batches = 无法统计平台批次
operation-count-broken-rules = 无法统计违反的规则
operation-count-refused-records = 无法统计被隔离的记录
operation-count-the-history = 无法统计历史
operation-count-what-is-pending-and-in-quarantine = 无法统计待办和隔离区的数量
operation-count-what-the-warehouse-holds-of-the-person = 无法统计仓库中属于此人的内容
operation-create-the-demo-s-definitions = 无法创建演示的定义文件
operation-create-the-schema-etl = 无法创建模式 etl
operation-delete-old-records-of-the-quarantine = 无法删除到期的隔离记录
operation-delete-old-rows-of-the-inbox = 无法删除收件箱中到期的行
operation-describe-the-schema = 无法写入表结构的注释
operation-empty-the-shadow = 无法清空影子历史
operation-erase-the-person-s-identity = 无法删除个人身份
operation-find-the-demo-s-folder = 无法找到演示目录
operation-finish-the-delivery = 无法写入取数批次的计数
operation-forget-acknowledged-records = 无法清除已回调记录的登记
operation-give-the-locks-back = 无法释放锁
operation-give-up-arrivals-of-cancelled-reservations = 无法放弃已取消预约的到检
operation-let-the-next-migration-go-on = 无法释放升级表结构的锁
operation-list-the-accounts = 无法列出账号
operation-list-the-deliveries = 无法列出取数批次
operation-list-the-quarantine = 无法列出隔离区
operation-listen-for-ctrl-c = 无法监听 Ctrl-C
operation-listen-for-sigterm = 无法监听 SIGTERM
operation-lock-the-account = 无法锁定账号
operation-lock-the-site-key = 无法锁定站点密钥
operation-look-at-the-clocks = 无法查看时钟
operation-look-at-the-rights-of-this-login = 无法查看当前账号的权限
operation-look-at-the-server-s-settings = 无法查看服务器设置
operation-look-at-the-session-s-defaults = 无法查看会话的默认设置
operation-look-at-what-is-known-of-the-account = 无法查看该账号的已有内容
operation-look-for-deliveries-of-the-account = 无法查询该账号有没有取数批次
operation-look-for-reservations-that-look-like-the-person-s = 无法查找疑似属于此人的预约
operation-look-for-standbys = 无法查询备库
operation-look-for-the-schema-s-version = 无法查询有没有表结构版本
operation-look-through-the-document-numbers = 无法查找证件号
operation-look-through-the-inbox-of-arrivals = 无法查找到检收件箱
operation-look-through-the-quarantine = 无法查找隔离区
operation-look-up-current-versions = 无法查询当前版本
operation-look-up-made-exports = 无法查询已完成的导出
operation-look-up-owed-exports = 无法查询待补的导出
operation-look-up-owed-handoffs = 无法查询待生成的交接批次
operation-look-up-records-of-the-quarantine = 无法查询隔离记录
operation-look-up-the-closed-month = 无法查询已月结的月份
operation-look-up-the-columns-of-the-history = 无法查询历史表的列
operation-look-up-the-contents-of-versions = 无法查询版本的内容
operation-look-up-the-delivery = 无法查询取数批次
operation-look-up-the-handoff = 无法查询交接批次
operation-look-up-the-last-delivery = 无法查询最后一个取数批次
operation-look-up-the-newest-deliveries = 无法查询最新的取数批次
operation-look-up-the-person-s-reservations = 无法查询此人的预约
operation-look-up-the-person-s-versions = 无法查询此人的版本
operation-look-up-the-reservations = 无法查询预约
operation-look-up-unconfirmed-versions = 无法查询平台尚未确认的版本
operation-look-up-what-the-history-has-taken = 无法查询历史已收录到哪里
operation-look-up-where-records-came = 无法查询记录来自哪些取数批次
operation-look-up-whose-versions-are = 无法查询版本属于谁
operation-make-sure-of-the-account-s-lock = 无法确认账号锁仍然有效
operation-make-the-login-of-the-readers = 无法创建只读账号
operation-make-the-session-faster = 无法优化会话
operation-mark-changed-dates = 无法标记有变动的日期
operation-mark-changed-months = 无法标记有变动的月份
operation-note-failed-acknowledgements = 无法登记失败的回调
operation-note-the-run-s-beginning = 无法登记运行开始
operation-note-the-run-s-end = 无法登记运行结束
operation-note-why-records-are-refused = 无法登记记录被隔离的原因
operation-put-on-record-who-sees-the-record = 无法登记是谁查看了这条记录
operation-put-records-into-quarantine = 无法把记录放入隔离区
operation-put-the-access-on-record = 无法登记这次访问
operation-read-a-record-of-the-quarantine = 无法读取隔离记录
operation-read-records-of-the-quarantine = 无法读取隔离记录
operation-read-rows-for-an-export = 无法读取要导出的行
operation-read-the-comments-on-columns = 无法读取列的注释
operation-read-the-document-number-from-standard-input = 无法从标准输入读取证件号
operation-read-the-history-for-a-comparison = 无法读取用于比较的历史
operation-read-the-inbox-of-arrivals = 无法读取到检收件箱
operation-read-the-journal = 无法读取日志（journal）
operation-read-the-ledger = 无法读取台账
operation-read-the-list-from-standard-input = 无法从标准输入读取名单
operation-read-the-names-of-codes = 无法读取代码的名称
operation-read-the-outbox = 无法读取待办回调
operation-read-the-report-s-figures = 无法读取报告的数据
operation-read-the-schema-s-version = 无法读取表结构版本
operation-read-the-states-from-standard-input = 无法从标准输入读取预约状态
operation-read-the-warehouse-s-id = 无法读取仓库编号
operation-read-what-is-pending = 无法读取待回调的内容
operation-read-what-the-database-says-of-its-columns = 无法读取数据库中列的说明
operation-read-what-was-confirmed = 无法读取平台已确认的内容
operation-record-the-erasure = 无法登记个人身份的删除
operation-record-the-export = 无法登记导出
operation-record-the-finance-handoff = 无法登记财务交接批次
operation-refresh-the-marts = 无法刷新数据集市
operation-vacuum-the-tables = 无法清理数据表（vacuum）
operation-remember-unchanged-records = 无法登记内容未变的记录
operation-remember-what-is-not-confirmed = 无法登记平台尚未确认的内容
operation-replace-a-batch-acknowledgement-by-single-ones = 无法把整批回调拆成逐条回调
operation-replay-the-deliveries = 无法重放取数批次
operation-resolve-records-of-the-quarantine = 无法了结隔离记录
operation-resolve-rejections = 无法把隔离记录标为已解决
operation-set-the-rights-of-the-groups = 无法设置用户组的权限
operation-set-the-time-of-recording = 无法设置入库时间
operation-start-psql-is-postgresql-s-client-installed-apt-get-install-postgresql-client = 无法启动 psql；请检查是否安装了 PostgreSQL 客户端（apt-get install postgresql-client）
operation-strike-off-what-the-platform-has-confirmed = 无法勾销平台已确认的内容
operation-supersede-older-acknowledgements = 无法用新的回调取代较早的回调
operation-swap-the-histories = 无法切换历史
operation-take-arrivals = 无法受理到检
operation-take-arrivals-again = 无法重新受理到检
operation-undo-the-load = 无法撤销入库
operation-wait-for-another-migration = 无法等待另一次表结构升级结束
operation-withdraw-arrivals = 无法撤回到检
operation-write-arrivals-into-the-inbox = 无法把到检写入收件箱
operation-write-batch-acknowledgements = 无法写入整批回调
operation-write-single-acknowledgements = 无法写入逐条回调
operation-write-the-demo-s-contract = 无法写入演示的数据契约
operation-write-the-demo-s-pipeline = 无法写入演示的任务配置
operation-write-the-journal = 无法写入日志（journal）
operation-write-the-journal-again = 无法重新写入日志（journal）

## 只有表结构的所有者才能做的事，接在“无权”之后

owner-erase-a-person-again = 再次删除个人身份
owner-replay-deliveries = 重放取数批次
owner-replace-the-site-key = 更换站点密钥

## 日志（journal）为什么无法使用

journal-a-handoff-is-expected = 此处应为交接批次
journal-a-month-s-figures-cannot-be-read = 某个月的月结数字无法读取
journal-a-month-s-figures-cannot-be-written = 某个月的月结数字无法写入
journal-an-entry-cannot-be-written = 有一条无法写入
journal-an-entry-does-not-follow-the-one-before-it = 有一条与前一条不相接
journal-an-entry-is-of-a-newer-tijian = 有一条由更新版本的 tijian 写入
journal-arrivals-are-expected = 此处应为到检
journal-more-deliveries-than-there-can-be-have-something-pending = 有待回调内容的取数批次多得不合理

## 重新清点并比较的内容

counted-accepted-records = 通过的记录数
counted-new-versions = 新版本数
counted-its-bytes-are = 字节数
counted-its-records-are = 记录数
counted-its-time-is = 时间
counted-records-of-the-quarantine = 隔离记录数
counted-reservations-of-an-erased-person = 已删除身份者的预约数
counted-versions-of-an-erased-person = 已删除身份者的版本数

## 应答外层中的 result 是什么

found-a-text-that-holds-no-array = 是不含数组的文本
found-an-object-that-is-no-reservation = 是对象，但不是预约
found-an-object-without-a-usable-token = 是对象，但其中没有可用的 token
found-neither-an-array-nor-a-text-that-holds-one = 既不是数组，也不是含有数组的文本
found-there-twice = 出现了两次

## 对私有服务器没有做成的事，后面接“失败”

server-joined = 加入
server-made = 创建
server-started = 启动
server-stopped = 停止
server-given-the-login = 登记数据库账号


## LocalPostgresError：私有服务器

TJ-7002 = 本机没有找到 PostgreSQL 服务端程序（13 至 18 版）：请安装（Debian：apt-get install postgresql），或用 PG_BIN_DIR 指明其目录，或用 `tijian run --fetch-postgres` 自动获取，或在 DATABASE_URL 中填写已在运行的服务器地址
TJ-7003 = { $dir } 中还没有私有 PostgreSQL 服务器：`tijian run` 会创建；或者请检查 --data-dir 和 TIJIAN_DATA_DIR
TJ-7004 = PG_BIN_DIR { $bin_dir } 不是 PostgreSQL 服务端程序（13 至 18 版）的目录，其中应有 postgres、initdb 和 pg_ctl
TJ-7005 = 无法获取 PostgreSQL 服务端程序（{ $attempts }）：请手工安装，或用 PG_BIN_DIR 指明其目录
TJ-7006 = { $dir } 由 PostgreSQL { $made_by } 创建，而这里只有 { $found }：请安装 PostgreSQL { $made_by }，或用 PG_BIN_DIR 指明其目录
TJ-7007 = PostgreSQL 不能以 root 运行，而本机既没有用户 postgres，也没有用户 nobody 可供使用：请添加一个（useradd --system postgres），或以普通用户运行 tijian
TJ-7008 = 运行 PostgreSQL 的用户 { $user } 无法进入 { $path }：请放到该用户能进入的位置（不要放在 root 的主目录里），或以普通用户运行 tijian
TJ-7009 = { $path } 属于另一个用户，或对其他用户开放：请以其所有者运行 tijian，或另选一个数据目录
TJ-7010 = 用户编号 { $uid } 在本机没有用户名，而 PostgreSQL 需要用户名：请把它加入 /etc/passwd，或换一个用户运行
TJ-7011 = 无法监听本机端口 { $port }，可能已被其他程序占用：请用 --port 另选一个
TJ-7012 = { $dir } 中的私有 PostgreSQL 服务器已在运行，但没有监听端口 { $port }：请结束使用它的程序（运行中的任务、tijian db serve），或等它们结束，再重新启动
TJ-7013 = { $dir } 中的私有 PostgreSQL 服务器{ $operation }失败；原因见 { $log } 末尾
TJ-7014 = 目录 { $dir } 无法用于私有 PostgreSQL 服务器：请用 --data-dir 或 TIJIAN_DATA_DIR 另选数据目录

## 获取服务端程序时的提示

fetch-apt = 本机没有 PostgreSQL 服务端程序：正在用 apt-get 安装 Debian 自带的版本
fetch-apt-what = apt-get 将下载 { $size }：{ $packages }
fetch-apt-downloaded = apt-get：已下载 { $percent }%
fetch-apt-installed = apt-get：已安装 { $percent }%
fetch-apt-other-version = apt-get：装上的版本不受支持
fetch-pip = 本机没有 PostgreSQL 服务端程序：正在用 python3 -m pip 下载（25 MB）到 { $folder }
fetch-pip-unusable = pip：{ $folder } 中下载的服务端程序无法运行
fetch-no-pip = pip：本机没有 python3 或它的 pip（Debian：apt-get install python3-pip）
fetch-failed = { $program } 报错，原文：{ $words }
fetch-at-work = { $program }：仍在进行，已用 { $seconds } 秒

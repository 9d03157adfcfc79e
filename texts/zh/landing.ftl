
## LandingError：落地目录

TJ-3002 = 取数批次超过 { $bytes } 字节：没有接收
TJ-3003 = { $dir } 的剩余空间不足 { $reserve_mib } MiB：已停止下载
TJ-3004 = 无法封存 { $path }
TJ-3005 = 无法打开落地文件 { $path }

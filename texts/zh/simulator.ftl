
## SimulatorError：模拟平台

TJ-8001 = 其他机器能够访问 { $address }，而模拟平台没有任何防护：确需如此时请加 --allow-remote
TJ-8002 = 模拟平台的 AES 密钥（--aes-key）无法使用
TJ-8003 = 模拟平台无法使用这个 { $option }：--changes 和 --defects 是 0 至 1 的比例，--serial-prefix 为 1 至 39 个字母、数字或连字符，--accounts 的端口不能超过 65535
TJ-8004 = 无法监听 { $address }
TJ-8005 = 无法等待停止信号
TJ-8006 = 无法显示模拟平台的连接方法

## FaultError：故障

TJ-8021 = 请写成 接口=故障 或 接口=故障:次数，例如 order=http-503:2
TJ-8022 = 没有这个接口；可用的有 token、order、callback 和 arrival
TJ-8023 = 没有这种故障；可用的有 { $faults }
TJ-8024 = HTTP 状态是三位数，200 至 599
TJ-8025 = 调用次数不是整数
TJ-8031 = 请写 marks-reservation 或 marks-delivered

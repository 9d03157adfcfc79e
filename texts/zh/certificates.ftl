## CaFileError：CA 证书文件

TJ-1301 = { $path }：{ $problem }
ca-file-unread = 无法读取：{ $reason }
ca-file-empty = 文件为空
ca-file-der = 不是 PEM 而是 DER，请转换：openssl x509 -inform der -in FILE -out FILE.pem
ca-file-large = 文件过大，不像证书文件
ca-file-no-pem = 其中第 { $number } 张证书不是 PEM
ca-file-damaged = 其中第 { $number } 张证书已损坏
ca-file-none = 其中没有 PEM 格式的证书（-----BEGIN CERTIFICATE-----）

## TlsProblem：对方服务器的问题

tls-unknown-issuer = 证书由本机不信任的 CA 签发
tls-wrong-name = 证书属于另一个主机名
tls-expired = 证书已过期
tls-not-valid-yet = 证书尚未生效
tls-not-pinned = 证书不是 certificate_sha256 所写的那一张
tls-unusable-certificate = 证书无法使用
tls-no-common-ground = 服务器不支持足够安全的 TLS（1.2 或 1.3）
tls-not-offered = 服务器没有启用 TLS

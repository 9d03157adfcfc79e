
## SettingsError：环境变量

TJ-1101 = 环境变量 { $variable } 没有设置
TJ-1102 = 环境变量 { $variable } 不是 UTF-8 文本
TJ-1103 = 环境变量 DATABASE_URL 不是 UTF-8 文本
TJ-1104 = TIJIAN_PRIVATE_SERVER 既不是 1（使用私有服务器），也不是 0
TJ-1105 = TIJIAN_SITE_KEY 没有设置：请设为本院已有的站点密钥；只有首次运行之前，才新生成一把：openssl rand -base64 32
TJ-1106 = TIJIAN_SITE_KEY 不是 Base64 编码的 32 字节：请设为本院已有的站点密钥；只有首次运行之前，才新生成一把：openssl rand -base64 32
TJ-1107 = TIJIAN_SITE_KEY_PREVIOUS 没有设置；应为 TIJIAN_SITE_KEY 此前一直使用的那把密钥
TJ-1108 = TIJIAN_SITE_KEY_PREVIOUS 不是 Base64 编码的 32 字节


## PlatformError：调用平台失败

TJ-2001 = 无法初始化访问平台的 HTTP 客户端
TJ-2002 = 无法初始化访问平台的 TLS
TJ-2003 = 平台的 AES 密钥无法使用
TJ-2004 = 连不上平台：{ $peer } 的接口 { $endpoint }
TJ-2005 = 以平台身份应答的服务器不可信（{ $peer } 的接口 { $endpoint }）：{ $problem }
TJ-2006 = 连不上平台（{ $peer } 的接口 { $endpoint }）：代理要求登录，或所用的账号、密码不对
TJ-2007 = 与平台的连接已中断（{ $peer } 的接口 { $endpoint }）：应答传输过慢
TJ-2008 = { $points_to ->
    [none] { $code ->
        [none] 平台对接口 { $endpoint } 返回了 HTTP 状态 { $status }
       *[other] 平台对接口 { $endpoint } 返回了 HTTP 状态 { $status }，错误码 { $code }
    }
   *[other] { $code ->
        [none] 平台对接口 { $endpoint } 返回了 HTTP 状态 { $status }，指向 { $points_to }
       *[other] 平台对接口 { $endpoint } 返回了 HTTP 状态 { $status }，错误码 { $code }，指向 { $points_to }
    }
}
TJ-2009 = { $is_success_denied ->
    [true] 平台拒绝了对接口 { $endpoint } 的调用，错误码 { $code }（success = false）
   *[false] 平台拒绝了对接口 { $endpoint } 的调用，错误码 { $code }
}
TJ-2010 = 无法解读平台对接口 { $endpoint } 的应答（HTTP 状态 200）
TJ-2011 = 无法读取落地文件
TJ-2012 = 距上次拉取已超过允许调用接口 { $endpoint } 的时限

## AnswerError：应答有误

TJ-2101 = 应答为空
TJ-2102 = 应答是网页而不是密文：应答来自网关或登录页面，而不是平台
TJ-2103 = 应答无法解密
TJ-2104 = 应答是明文，而任务配置要求 encryption = "required"
TJ-2105 = 应答的外层（envelope）不是 JSON：应答不完整，或是用另一把 AES 密钥加密的
TJ-2106 = 应答在外层（envelope）的中途结束：不完整
TJ-2107 = 应答的外层（envelope）中没有可读的 code
TJ-2108 = 应答是没有外层（envelope）的数组：没有 code，无法确认调用成功
TJ-2109 = 应答中只有某个成员加密；按接口文档，应答应整体加密
TJ-2110 = { $found ->
    [none] 预约不在 { $path } 中，疑似在另一个成员中（其名称不在此显示）
   *[other] 预约不在 { $path } 中，疑似在 { $found } 中
}
TJ-2111 = { $found ->
    [none] { $path } 中没有预约，但有一个成员经过加密或压缩，可能含有预约（其名称不在此显示）
   *[other] { $path } 中没有预约，但 { $found } 经过加密或压缩，可能含有预约
}
TJ-2112 = 应答的外层（envelope）中的 result { $found }
TJ-2113 = 应答的外层（envelope）中有成员超过 { $bytes } 字节
TJ-2114 = 应答超过 { $bytes } 字节

## CipherError：加解密

TJ-2151 = AES 密钥长度为 { $bytes } 字节；接口要求 16、24 或 32 字节
TJ-2152 = 密文长度不是 16 字节的整数倍：不完整，或者不是密文
TJ-2153 = 填充不正确：多半是用另一把 AES 密钥加密的

## ReadError：读取落地文件

TJ-2161 = 无法读取落地文件

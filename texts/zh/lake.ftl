## LakeError

TJ-5102 = 无法初始化 { $lake } 的客户端
TJ-5103 = { $place } 不是本仓库数据湖的指针文件
TJ-5104 = { $place } 的格式为 { $format }，此版本的 tijian 不认识
TJ-5105 = { $place } 同时被其他程序移动
TJ-5106 = 无法把 { $place } 编码为 Parquet
TJ-5107 = 另一个程序正在向 { $lake } 发布，或正在更换密钥
TJ-5108 = { $lake } 的指针在第 { $found } 次发布，而台账记录的是第 { $known } 次：数据库恢复过备份，或数据湖被其他程序改动

## StoreFault

store-unreachable = 无法连接存储服务，或连接中断
store-refused =
    { $code ->
        [none] 存储服务拒绝了这组凭据
       *[other] 存储服务拒绝了这组凭据（{ $code }）
    }
store-missing = 没有这个存储桶或对象
store-answer =
    { $code ->
        [none] 存储服务返回错误
       *[other] 存储服务返回错误（{ $code }）
    }

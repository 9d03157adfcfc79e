TJ-1201 = { $problem }
plain-http = base_url 是明文 http（allow_http 已允许）：令牌以明文传输，也无从确认应答的就是平台

TJ-1201 = { $problem }
plain-http = base_url is plain http, as allow_http has it: the token travels readably, and nothing shows that it is the platform that answers


## SettingsError

TJ-1101 = the environment variable { $variable } is not set
TJ-1102 = the environment variable { $variable } is not UTF-8 text
TJ-1103 = the environment variable DATABASE_URL is not UTF-8 text
TJ-1104 = TIJIAN_PRIVATE_SERVER is neither 1 (use the private server) nor 0
TJ-1105 = TIJIAN_SITE_KEY is not set: set it to the hospital's key; only before the very first run, make one: openssl rand -base64 32
TJ-1106 = TIJIAN_SITE_KEY is not 32 bytes in Base64: set it to the hospital's key; only before the very first run, make one: openssl rand -base64 32
TJ-1107 = TIJIAN_SITE_KEY_PREVIOUS is not set; it is the key that TIJIAN_SITE_KEY held until now
TJ-1108 = TIJIAN_SITE_KEY_PREVIOUS is not 32 bytes in Base64

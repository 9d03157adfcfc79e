
## PlatformError

TJ-2001 = cannot set up the HTTP client for the platform
TJ-2002 = cannot set up TLS for the platform
TJ-2003 = the AES key of the platform cannot be used
TJ-2004 = cannot reach the platform at { $endpoint } on { $peer }
TJ-2005 = cannot trust the server that answers at { $endpoint } on { $peer } for the platform: { $problem }
TJ-2006 = cannot reach the platform at { $endpoint } on { $peer }: the proxy asks for a login, or did not accept the one it got
TJ-2007 = cannot reach the platform at { $endpoint } on { $peer } any more: its answer comes too slowly
TJ-2008 = { $points_to ->
    [none] { $code ->
        [none] the platform answered { $endpoint } with HTTP status { $status }
       *[other] the platform answered { $endpoint } with HTTP status { $status } and its code { $code }
    }
   *[other] { $code ->
        [none] the platform answered { $endpoint } with HTTP status { $status }, which points to { $points_to }
       *[other] the platform answered { $endpoint } with HTTP status { $status } and its code { $code }, which points to { $points_to }
    }
}
TJ-2009 = { $is_success_denied ->
    [true] the platform refused { $endpoint } with its code { $code } (success = false)
   *[false] the platform refused { $endpoint } with its code { $code }
}
TJ-2010 = cannot read the platform's answer from { $endpoint } (HTTP status 200)
TJ-2011 = cannot read the landed delivery
TJ-2012 = the last pull was too long ago: { $endpoint } may no longer be called

## AnswerError

TJ-2101 = the body is empty
TJ-2102 = the body is a web page, not ciphertext: a gateway or a log-in page answered in the platform's place
TJ-2103 = the body cannot be decrypted
TJ-2104 = the body is in plain text although the pipeline says encryption = "required"
TJ-2105 = the envelope is not JSON: the answer is truncated, or another AES key encrypted it
TJ-2106 = the answer ends in the middle of the envelope: it is truncated
TJ-2107 = the envelope has no readable code
TJ-2108 = the answer is an array without an envelope: no code says that the call went well
TJ-2109 = only one member of the answer is encrypted, and not the answer as a whole, as the interface document says
TJ-2110 = { $found ->
    [none] the reservations are not in { $path }, but seem to be in a member whose name is not repeated here
   *[other] the reservations are not in { $path }, but seem to be in { $found }
}
TJ-2111 = { $found ->
    [none] no reservations are in { $path }, but a member whose name is not repeated here is encrypted or packed, so it may hold them
   *[other] no reservations are in { $path }, but { $found } is encrypted or packed, so it may hold them
}
TJ-2112 = the envelope's result is { $found }
TJ-2113 = a member of the envelope is larger than { $bytes } bytes
TJ-2114 = the body is larger than { $bytes } bytes

## CipherError

TJ-2151 = the AES key has { $bytes } bytes; the interface needs 16, 24 or 32
TJ-2152 = the ciphertext's length is not a multiple of 16 bytes: it is truncated or not ciphertext
TJ-2153 = the padding is wrong: most likely another AES key encrypted this

## ReadError

TJ-2161 = cannot read the landed delivery

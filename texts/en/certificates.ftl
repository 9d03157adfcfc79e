## CaFileError

TJ-1301 = { $path }: { $problem }
ca-file-unread = cannot be read: { $reason }
ca-file-empty = is empty
ca-file-der = is not PEM but DER; convert it: openssl x509 -inform der -in FILE -out FILE.pem
ca-file-large = is too large for a file of certificates
ca-file-no-pem = certificate { $number } in it is not PEM
ca-file-damaged = certificate { $number } in it is damaged
ca-file-none = holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)

## TlsProblem: what is wrong with the server at the other end

tls-unknown-issuer = its certificate is from a CA that is not trusted here
tls-wrong-name = its certificate is for another host name
tls-expired = its certificate has expired
tls-not-valid-yet = its certificate is not valid yet
tls-not-pinned = its certificate is not the one that certificate_sha256 names
tls-unusable-certificate = its certificate cannot be used
tls-no-common-ground = it offers no TLS version that is safe enough (1.2 or 1.3)
tls-not-offered = it does not offer TLS

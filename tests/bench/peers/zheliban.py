"""The platform's three calls, as every peer makes them."""

import base64
import json
import os
import sys
import urllib.parse
import urllib.request

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad


def arguments():
    """BASE_URL DATABASE_URL FOLDER"""
    base_url, database_url, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    return Platform(base_url), database_url, folder


class Platform:
    """Its address and key come as `tijian simulate` prints them."""

    def __init__(self, base_url):
        self.url = base_url + "/reservation/sync/"
        self.key = os.environ["ZHELIBAN_AES_KEY"].encode()
        credentials = {"apikey": os.environ["ZHELIBAN_API_KEY"], "secret": os.environ["ZHELIBAN_SECRET"]}
        self.headers = {}
        self.headers = {"ACCESS-TOKEN": json.loads(self.call("token", credentials))["result"]["token"]}

    def call(self, endpoint, parameters=None):
        """The decrypted answer."""
        body = b""
        if parameters is not None:
            ciphertext = self.cipher().encrypt(pad(json.dumps(parameters).encode(), AES.block_size))
            body = urllib.parse.urlencode({"data": base64.b64encode(ciphertext)}).encode()
        request = urllib.request.Request(self.url + endpoint, data=body, headers=self.headers, method="POST")
        with urllib.request.urlopen(request) as answer:
            return unpad(self.cipher().decrypt(base64.b64decode(answer.read())), AES.block_size)

    def cipher(self):
        return AES.new(self.key, AES.MODE_ECB)

    def pull(self):
        return self.call("order")

    def acknowledge(self, request_ids):
        for request_id in request_ids:
            answer = json.loads(self.call("callback", {"requestId": request_id}))
            if answer["code"] not in (0, 200, "0", "200"):
                sys.exit("the platform does not take the callback")

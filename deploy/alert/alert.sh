#!/bin/sh
# Tells a person that a night needs one. What goes where is in /etc/tijian/alert:
#   ALERT_URL='https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…'        a robot of 企业微信
#   ALERT_URL='https://oapi.dingtalk.com/robot/send?access_token=…'           one of 钉钉, whose keyword (自定义关键词) is tijian
#   ALERT_MAIL=duty@hospital.example                                          mail, by this machine's sendmail
#
#   alert.sh UNIT        UNIT has failed: started by tijian-alert@.service, for which OnFailure= of the unit asks
#   alert.sh --test      says hello
# The message names machine, unit, exit status and the errors of the last run with their codes. Those hold nothing about a person.
# Exit status: 0 sent; 1 not sent; 2 a setting is wrong.
set -eu

: "${1:?a unit, or --test}"
if [ -z "${ALERT_URL:-}${ALERT_MAIL:-}" ]; then
    echo 'set ALERT_URL or ALERT_MAIL in /etc/tijian/alert' >&2
    exit 2
fi

# What each exit status asks for; docs/runbook.zh-CN.md has more.
meaning() {
    case $1 in
        1) echo '失败，需要人工处理' ;;
        2) echo '配置或命令有误' ;;
        3) echo '已入库，部分记录在隔离区' ;;
        4) echo '已入库，回调未完成，多次重试后仍未成功' ;;
        5) echo '账号正被另一次运行占用' ;;
        75) echo '暂时性故障，多次重试后仍未恢复' ;;
        # Those of systemd itself, systemd.exec(5): user, folder, file of secrets or program are not there, say.
        2[0-3][0-9] | 24[0-3]) echo 'systemd 未能启动程序（systemd could not start the program）' ;;
        *) echo '异常结束，可能被强行终止' ;;
    esac
}

if [ "$1" = --test ]; then
    text="tijian（$(uname -n)）：告警测试"
else
    unit=$1
    status=${EXIT_STATUS:-$(systemctl show "$unit" -p ExecMainStatus | cut -d= -f2)}
    # Of this run only: one that was killed says nothing, and an earlier one's errors are not its.
    invocation=$(systemctl show "$unit" -p InvocationID 2> /dev/null | cut -d= -f2)
    # 企业微信 refuses more than 2,048 bytes: the beginning of each line, which has the code. iconv leaves out a letter cut in two.
    errors=$(journalctl "_SYSTEMD_INVOCATION_ID=${invocation:-none}" -n 400 -o cat --no-pager 2> /dev/null |
        grep -E '^(account|账号|error|错误) ' | tail -n 6 | LC_ALL=C cut -b 1-250 | iconv -c -f UTF-8 -t UTF-8 2> /dev/null || true)
    text=$(printf 'tijian（%s）：%s 退出码 %s，%s\n%s\n请在该机器上执行 tijian status 和 tijian doctor' \
        "$(uname -n)" "$unit" "$status" "$(meaning "$status")" "$errors")
fi

# A text as a JSON string; what is no letter (colours of a terminal, say) is left out.
as_json() {
    printf '%s' "$1" | tr '\t' ' ' | tr -d '\000-\011\013-\037' | sed 's/[\\"]/\\&/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

post() {
    # The address by standard input, since it is a secret: a command line is seen by every user of the machine.
    answer=$(printf 'url = "%s"\n' "$ALERT_URL" | curl --config - --silent --show-error --fail --max-time 30 \
        --header 'Content-Type: application/json; charset=utf-8' \
        --data "{\"msgtype\":\"text\",\"text\":{\"content\":\"$(as_json "$text")\"}}")
    # Both say so in their answer, with HTTP status 200.
    case $answer in
        *'"errcode":0'[,}]* | *'"errcode": 0'[,}]*) ;;
        *) echo "the robot has not taken the message: $answer" >&2; return 1 ;;
    esac
}

mail() {
    sendmail -t -i <<END
To: $ALERT_MAIL
Subject: =?UTF-8?B?$(printf 'tijian 需要人工处理' | base64 -w 0)?=
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

$(printf '%s\n' "$text" | base64)
END
}

sent=0
[ -z "${ALERT_URL:-}" ] || post || sent=1
[ -z "${ALERT_MAIL:-}" ] || mail || sent=1
exit $sent

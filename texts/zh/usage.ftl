## 命令行写错了什么

TJ-1001 = 没有参数 { $argument }
TJ-1002 = 没有子命令 { $subcommand }
TJ-1003 = { $command } 后面缺少子命令
TJ-1004 = 缺少必需的参数：{ $arguments }
TJ-1005 = { $argument } 后面缺少值
TJ-1006 = { $argument } 的值“{ $value }”无效
TJ-1007 = { $reason ->
    [none] { $argument } 的值“{ $value }”无效
   *[other] { $argument } 的值“{ $value }”无效：{ $reason }
}
TJ-1008 = { $argument } 不能与 { $others } 同时使用
TJ-1009 = { $argument } 只能出现一次
TJ-1010 = { $argument } 不接受这个值：“{ $value }”
TJ-1011 = 参数中有不是 UTF-8 的文本
TJ-1012 = 命令行有误：{ $words }

## 为什么值无效

usage-no-whole-number = 不是整数
usage-no-number = 不是数字
usage-no-address = 不是地址加端口，例如 127.0.0.1:8999
usage-no-date = 不是日期，例如 2026-01-31
usage-out-of-range = 应为 { $from } 至 { $to }
usage-words = { $words }

## 下面的提示

usage-possible-values = [可选值：{ $values }]
usage-subcommands = [子命令：{ $subcommands }]
usage-similar-subcommands = 提示：相近的子命令有 { $subcommands }
usage-similar-arguments = 提示：相近的参数有 { $arguments }
usage-similar-values = 提示：相近的值有 { $values }
usage-as-value = 提示：要把 { $value } 作为值，请写成 { $typed }
usage-without-dashes = 提示：{ $subcommand } 是子命令，请去掉前面的 --
usage-write = 提示：请写 { $typed }
usage-exists = 提示：有 { $typed }
usage-usage = 用法：{ $usage }
usage-more = 详情见 --help

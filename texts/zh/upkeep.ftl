
## ReconcileError：对账

TJ-6401 = 名单无法使用：{ $problem }
TJ-6404 = 仓库中没有账号 { $account } 的取数批次；有哪些账号见 `tijian status`
TJ-6409 = 超过 { $rows } 行：请拆成几份，各按自己的体检日期对账（--from、--to）

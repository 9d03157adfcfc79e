
## EngineError

TJ-7602 = { $path }, which the engine is to run beside its own processes, is not there or not a program: name a tijian with --worker
TJ-7603 = the engine cannot take a program of this name with it: { $path }; letters, digits, dots, hyphens and underscores can be in the name, and no comma in the path
TJ-7604 = the engine's command was not found, or may not be run: { $command }; name it with --engine (what the shell says is in { $log })
TJ-7605 = the engine ended with status { $status }; why is near the end of { $log }; nothing was changed
TJ-7606 = the engine was ended by signal { $signal }; what it said is in { $log }; nothing was changed
TJ-7607 = the engine has shown no sign of work for { $seconds } s: no core is free, or its cluster is out of reach; what it said is in { $log }; nothing was changed


## EngineError

TJ-7602 = { $path }, which the engine is to run beside its own processes, is not there or not a program: name a tijian with --worker
TJ-7603 = the engine cannot take a program of this name with it: { $path }; letters, digits, dots, hyphens and underscores can be in the name, and no comma in the path
TJ-7604 = the engine's command was not found, or may not be run: { $command }; name it with --engine (what the shell says is in { $log })
TJ-7605 = the engine ended with status { $status }; why is near the end of { $log }; nothing was changed
TJ-7606 = the engine was ended by signal { $signal }; what it said is in { $log }; nothing was changed
TJ-7607 = the engine has shown no sign of work for { $seconds } s: no core is free, or its cluster is out of reach; what it said is in { $log }; nothing was changed

## RebuildError

TJ-7611 = nothing is published in { $lake } yet
TJ-7612 = nothing is built in { $lake } yet
TJ-7613 = another rebuild, from publication { $publication }, has ended in the meantime; it has read more than this one, or was begun later, so readers see what it made; what this one made was thrown away
TJ-7614 = what the engine made contradicts what must be true ({ $checks }); it was thrown away, and nothing was changed
TJ-7615 = the engine wrote { $found } rows of { $part }, and there must be { $expected }; it was thrown away, and nothing was changed
TJ-7616 = while the engine worked, what it read was replaced in the lake (a person was erased, or the key replaced, or everything published again); what it made was thrown away, and nothing was changed
TJ-7617 = nothing is decoded in { $lake } yet, or not all accounts of it
TJ-7618 = while the account was decoded, all that was decoded for the lake was withdrawn (a person was erased, the key replaced, a replay swapped in, or other accounts were asked for); nothing of it counts
lake-check-deliveries-have-their-states = every delivery has its states
lake-check-every-state-came-back = the worker answered for every state
lake-check-deliveries-opened-what-they-say = deliveries opened as many versions as the ledger says
lake-check-history-has-every-version = the history has every version that the planner made
lake-check-versions-count-from-one-and-follow-each-other = versions count from one and follow each other
lake-check-volumes-count-the-current-versions = volumes count the current versions
lake-check-journal-totals-are-the-active-fees = totals of the journal are the active fees

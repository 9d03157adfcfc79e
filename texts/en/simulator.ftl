
## SimulatorError

TJ-8001 = { $address } is reachable from other machines, and the simulator has no protection: add --allow-remote if you want that
TJ-8002 = the AES key of the simulator (--aes-key) cannot be used
TJ-8003 = the simulator cannot use this { $option }: --changes and --defects are shares from 0 to 1, --serial-prefix is 1 to 39 letters, digits and hyphens, and the ports of --accounts end at 65535
TJ-8004 = cannot listen on { $address }
TJ-8005 = cannot wait for the signal to stop
TJ-8006 = cannot print how to reach the simulator

## FaultError

TJ-8021 = write ENDPOINT=FAULT or ENDPOINT=FAULT:TIMES, like order=http-503:2
TJ-8022 = unknown endpoint: choose token, order, callback or arrival
TJ-8023 = unknown fault: choose one of { $faults }
TJ-8024 = an HTTP status has three digits, 200 to 599
TJ-8025 = the number of calls is not a whole number
TJ-8031 = write marks-reservation or marks-delivered

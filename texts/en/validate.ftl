
## ListProblem

TJ-5221 = none of its first { $rows } rows is a heading with the reservation's number (平台预约ID, 预约ID, 预约编号, 预约号, serialNumber or serial_number): give it a heading row, or say --column serial_number=HEADING
TJ-5222 = columns { $first } and { $second } of its heading both mean { $field }: say --column { $field }=HEADING
TJ-5223 = its heading has no column with the name given in --column { $field }=…

## BadLine

TJ-6421 = it has more cells than the header
TJ-6422 = serialNumber is empty, longer than 500 characters, or not UTF-8 text
TJ-6423 = arriveDate is not a time like 2026-11-25 08:10:00

## ListError

TJ-6411 = the list is empty: it must begin with the header serialNumber,arriveDate
TJ-6412 = cell { $cell } of the header is neither serialNumber nor arriveDate, or occurs twice
TJ-6413 = the header has no serialNumber
TJ-6414 = line { $line } is not CSV

## Rule: names in lists and in the report

rule-syntax = Not readable as JSON
rule-duplicate-field = Field appears twice
rule-required = Required, but empty
rule-type = Wrong type
rule-max-characters = Too long
rule-nul-character = NUL character
rule-control-character = Control character
rule-dictionary = Code not in the dictionary
rule-calendar-date = Not a calendar date
rule-fee-range = Not an amount, or too large
rule-fee-negative = Negative amount
rule-fee-decimals = More than two decimals
rule-add-on-pairs = Add-on codes and names differ in number
rule-identity-form = Malformed id number
rule-identity-legacy = Old 15-digit id number
rule-identity-check-digit = Wrong check digit
rule-identity-birthdate = Id number contradicts birth date
rule-identity-sex = Id number contradicts sex
rule-form = Written in another form

'use strict';
// The figures: days, the reader's selection, and sums over the series of the page's data. Knows no element of the page.

const data = JSON.parse(document.getElementById('data').textContent);

const DAY_MS = 86400000;

// The place of a date (yyyy-mm-dd) in the period, counted from 0.
function dayOf(date) {
  return Math.round((Date.parse(date) - Date.parse(data.period[0])) / DAY_MS);
}

function dateOf(day) {
  return new Date(Date.parse(data.period[0]) + day * DAY_MS).toISOString().slice(0, 10);
}

const TODAY = dayOf(data.today);
const LAST_DAY = dayOf(data.period[1]);

const monthOf = (day) => {
  const [year, month] = dateOf(day).split('-').map(Number);
  return year * 12 + month - 1;
};
const FIRST_MONTH = monthOf(0);

// The period's months: name, first and last day. The period may cut the first and the last one.
const MONTHS = [];
for (let day = 0; day <= LAST_DAY; day += 1) {
  const at = monthOf(day) - FIRST_MONTH;
  if (MONTHS.length <= at) MONTHS.push({ name: dateOf(day).slice(0, 7), first: day, last: day });
  MONTHS[at].last = day;
}

// What the reader asks for: first and last month and their days, places in data.accounts and data.hospitals or null, and
// one key of one dimension, or null: two at once would leave cells of a few people.
const selection = { from: 0, to: MONTHS.length - 1, first: 0, last: LAST_DAY, account: null, hospital: null, by: null, step: 'auto' };

// Daily as long as the bars can be told apart.
function stepInUse() {
  if (selection.step !== 'auto') return selection.step;
  const days = selection.last - selection.first + 1;
  return days <= 100 ? 'day' : days <= 750 ? 'week' : 'month';
}

// The first day of a day's week (Monday) or month, cut off at the selection's first day.
function stepStart(day, step) {
  if (step === 'day') return day;
  const date = dateOf(day);
  if (step === 'month') return Math.max(selection.first, dayOf(date.slice(0, 8) + '01'));
  const weekday = (new Date(Date.parse(date)).getUTCDay() + 6) % 7;
  return Math.max(selection.first, day - weekday);
}

// The selection's days, in steps: the first day of each.
function stepsOf(step) {
  const starts = [];
  for (let day = selection.first; day <= selection.last; day += 1) {
    const start = stepStart(day, step);
    if (starts[starts.length - 1] !== start) starts.push(start);
  }
  return starts;
}

function isSelected(hospital) {
  if (selection.hospital !== null) return selection.hospital === hospital;
  return selection.account === null || data.hospitals[hospital][0] === data.accounts[selection.account].account;
}

// Calls visitor(hospital, key, day, count, amount) for every number of a daily dimension that is selected.
function visit(dimension, visitor) {
  for (const [hospital, key, start, counts, amounts] of dimension.series) {
    if (!isSelected(hospital)) continue;
    const from = Math.max(0, selection.first - start);
    const to = Math.min(counts.length - 1, selection.last - start);
    for (let at = from; at <= to; at += 1) {
      const amount = amounts ? amounts[at] : 0;
      if (counts[at] !== 0 || amount !== 0) visitor(hospital, key, start + at, counts[at], amount);
    }
  }
}

// Sums of count and amount by whatever groupOf(hospital, key, day) answers; undefined is left out.
function sums(dimension, groupOf) {
  const groups = new Map();
  visit(dimension, (hospital, key, day, count, amount) => {
    const group = groupOf(hospital, key, day);
    if (group === undefined) return;
    const sum = groups.get(group) || { count: 0, amount: 0 };
    sum.count += count;
    sum.amount += amount;
    groups.set(group, sum);
  });
  return groups;
}

const NONE = { count: 0, amount: 0, cancelled: 0, priced: 0, judged: 0, untold: 0 };

function total(dimension, isCounted) {
  const all = sums(dimension, (hospital, key, day) => (isCounted(key, day) ? 0 : undefined));
  return all.get(0) || NONE;
}

// Sums over the selected months of a monthly dimension, by whatever groupOf(hospital, key, month) answers. Of a few people
// no amount is known: priced says of how many reservations it is; nor how many were cancelled: untold says of how many cells,
// and judged how many reservations stand where it is known.
function cellSums(dimension, groupOf) {
  const groups = new Map();
  for (const [hospital, key, month, count, cancelled, amount] of dimension.cells) {
    if (!isSelected(hospital) || month < selection.from || month > selection.to) continue;
    const group = groupOf(hospital, key, month);
    if (group === undefined) continue;
    const sum = groups.get(group) || { ...NONE };
    sum.count += count;
    if (cancelled === null) sum.untold += 1;
    else {
      sum.cancelled += cancelled;
      sum.judged += count;
    }
    if (amount !== null) {
      sum.amount += amount;
      sum.priced += count;
    }
    groups.set(group, sum);
  }
  return groups;
}

const cellTotal = (dimension, isCounted = () => true) =>
  cellSums(dimension, (hospital, key) => (isCounted(key) ? 0 : undefined)).get(0) || NONE;

// orderStatus 5 is the only thing that cancels.
const CANCELLED = data.statuses.keys.findIndex((key) => key.code === '5');
const isStanding = (key) => key !== CANCELLED;

// Hospitals' months of which is not told how many were cancelled; their days do not tell it either.
const MONTHS_UNTOLD = new Set(data.totals.cells.filter((cell) => cell[4] === null).map(([hospital, , month]) => `${hospital}/${month}`));
const UNTOLD = data.statuses.keys.findIndex((key) => key.code === 'untold');

// How many were cancelled, step by step: of whole months it is told of more than of days.
function cancelledBySteps(step, starts) {
  if (step === 'month') {
    const months = cellSums(data.totals, (hospital, key, month) => month);
    return starts.map((start) => months.get(monthOf(start) - FIRST_MONTH) || NONE);
  }
  const groups = new Map();
  visit(data.statuses, (hospital, key, day, count) => {
    const start = stepStart(day, step);
    const sum = groups.get(start) || { ...NONE };
    if (key === UNTOLD || MONTHS_UNTOLD.has(`${hospital}/${monthOf(day) - FIRST_MONTH}`)) sum.untold += 1;
    else if (key === CANCELLED) sum.cancelled += count;
    else sum.judged += count;
    groups.set(start, sum);
  });
  return starts.map((start) => groups.get(start) || NONE);
}

// The first day a year before which the selection's accounts have check dates: until then the year before is unknown, not empty.
function knownBeforeFrom() {
  const account = accountOfSelection();
  const known = data.accounts.filter((one, at) => one.check_dates && (account === null || at === account));
  return Math.min(...known.map(({ check_dates: [first] }) => dayOf(first) + 365));
}

// The dimensions of which a reader can choose one key.
const DIMENSIONS = { status: data.statuses, package: data.packages, channel: data.channels };

// The chosen account, or that of the chosen hospital; null for all.
const accountOfSelection = () =>
  selection.hospital === null ? selection.account : data.accounts.findIndex((known) => known.account === data.hospitals[selection.hospital][0]);

// The nights and the broken rules of the selection, by the account of the chosen hospital.
function ofSelection(rows) {
  const account = accountOfSelection();
  return rows.filter((row) => row[1] >= selection.first && row[1] <= selection.last && (account === null || row[0] === account));
}

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

// What the reader asks for: first and last day, a place in data.hospitals or null, and the step.
const selection = { first: 0, last: LAST_DAY, hospital: null, step: 'auto' };

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

// Calls visit(hospital, key, day, count, amount) for every number of a dimension that is selected.
function visit(dimension, visitor) {
  for (const [hospital, key, start, counts, amounts] of dimension.series) {
    if (selection.hospital !== null && selection.hospital !== hospital) continue;
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

const NONE = { count: 0, amount: 0 };

function total(dimension, isCounted) {
  const all = sums(dimension, (hospital, key, day) => (isCounted(key, day) ? 0 : undefined));
  return all.get(0) || NONE;
}

// orderStatus 5 is the only thing that cancels.
const CANCELLED = data.statuses.keys.findIndex((key) => key.code === '5');
const isStanding = (key) => key !== CANCELLED;

// The nights and the broken rules of the selection, by the account of the chosen hospital.
function ofSelection(rows) {
  const account =
    selection.hospital === null ? null : data.accounts.findIndex((known) => known.account === data.hospitals[selection.hospital][0]);
  return rows.filter((row) => row[1] >= selection.first && row[1] <= selection.last && (account === null || row[0] === account));
}

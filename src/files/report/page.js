// The page: controls, sections, tables. Texts go in as text, never as markup.

const $ = (id) => document.getElementById(id);

// A4 between the margins of the style sheet, in CSS pixels, rounded down.
const PAPER_WIDTH = 700;

// A section's heading and note, then its chart and tables; or a kind word where there is nothing.
function fill(id, note, option, tables, rows = 0) {
  const section = $(id);
  let holder = section.querySelector('.chart');
  if (holder) erase(holder);
  const title = text(id);
  section.setAttribute('aria-labelledby', `${id}-title`);
  section.replaceChildren(element('h2', { id: `${id}-title` }, title));
  if (note) section.append(element('p', { class: 'note' }, note));
  section.hidden = false;
  if (!option) {
    section.append(element('p', { class: 'none' }, text('none_here')));
    return;
  }
  if (option instanceof Node) {
    section.append(element('div', { class: 'parts' }, option, element('div', { class: 'tables' }, ...tables)));
    return;
  }
  holder = element('div', { class: 'chart', role: 'img', 'aria-label': text('chart_label', { title }) });
  if (rows > 0) holder.style.height = `${rows * 30 + 48}px`;
  holder.dataset.printWidth = section.classList.contains('narrow') ? PAPER_WIDTH / 2 : PAPER_WIDTH;
  holder.dataset.printHeight = rows > 0 ? rows * 22 + 44 : 190;
  holder.style.setProperty('--print-height', `${holder.dataset.printHeight}px`);
  section.append(element('div', { class: 'parts' }, holder, element('div', { class: 'tables' }, ...tables)));
  draw(holder, option);
}

// Rows of the most frequent keys, the others in one, and the sum of all.
const ROWS_MAX = 10;

const ADD = (rows) => Object.fromEntries(Object.keys(NONE).map((part) => [part, rows.reduce((sum, one) => sum + one[part], 0)]));

function ranked(dimension) {
  const all = [...cellSums(dimension, (hospital, key) => key)].map(([key, sum]) => ({ name: keyName(dimension.keys[key]), isRest: dimension.keys[key].is_rest, ...sum }));
  all.sort((one, other) => !!one.isRest - !!other.isRest || other.count - one.count || other.cancelled - one.cancelled);
  const told = all.filter((one) => !one.isRest);
  const rare = told.length > ROWS_MAX + 1 ? told.splice(ROWS_MAX) : [];
  const shown = [...told, ...(rare.length > 0 ? [{ name: text('others', { count: rare.length }), ...ADD(rare) }] : []), ...all.filter((one) => one.isRest)];
  return { all: shown, sum: ADD(shown) };
}

const statusColour = (code, at) => STATUS_COLOURS[code] || OTHER_COLOURS[at % OTHER_COLOURS.length];

// The years stand on the axis, too: a page is read long after it was made.
const axisLabel = (start, step) => {
  const date = dateOf(start);
  return step === 'month' ? date.slice(0, 7) : `${date.slice(5)}\n${date.slice(0, 4)}`;
};

function steps() {
  const step = stepInUse();
  const starts = stepsOf(step);
  const today = starts.findLast((start) => start <= TODAY && TODAY <= selection.last);
  return { step, starts, named: starts.map((start) => ({ name: stepName(start, step), label: axisLabel(start, step), isToday: start === today, isLater: start > TODAY })) };
}

// Months of the selection, for what is told by month only.
function months() {
  const chosen = MONTHS.map((month, at) => ({ ...month, at })).slice(selection.from, selection.to + 1);
  return chosen.map(({ at, name, first, last }) => ({ at, name: monthName(at), label: name, isToday: first <= TODAY && TODAY <= last, isLater: first > TODAY }));
}

// A table by time has a dozen rows or so, whatever the chart's step is.
function tableStep() {
  return ['day', 'week', 'month'].find((step) => stepsOf(step).length <= 14) || 'month';
}

function byTime(dimension, step, starts, isCounted) {
  const groups = sums(dimension, (hospital, key, day) => (isCounted(key) ? stepStart(day, step) : undefined));
  return starts.map((start) => groups.get(start) || NONE);
}

const chosenKey = () => (selection.by === null ? null : DIMENSIONS[selection.by.dimension].keys[selection.by.key]);
const isBy = (...dimensions) => selection.by !== null && dimensions.includes(selection.by.dimension);
const isByCancelled = () => isBy('status') && selection.by.key === CANCELLED;

// Reservations, cancelled ones and fees by month, of the chosen package or channel or of all.
function monthSums(groupOf) {
  if (!isBy('package', 'channel')) return cellSums(data.totals, groupOf);
  return cellSums(DIMENSIONS[selection.by.dimension], (hospital, key, month) => (key === selection.by.key ? groupOf(hospital, key, month) : undefined));
}

function showKeyFigures() {
  const priced = monthSums(() => 0).get(0) || NONE;
  const isNarrow = isBy('package', 'channel');
  const standing = isNarrow ? priced.count : total(data.statuses, isStanding).count;
  const judged = priced.judged + priced.cancelled;
  const rated = { count: judged === 0 ? '–' : number(priced.cancelled), all: judged === 0 ? '–' : number(judged) };
  const coming = total(data.statuses, (key, day) => isStanding(key) && day >= TODAY).count;
  const lead = cellTotal(data.lead_times);
  const backlog = cellTotal(data.backlog).count;
  const add_ons = cellTotal(data.add_ons).count;
  // None at all may be none that is told.
  const hasEvents = total(data.events, () => true).count > 0;
  const event = (code) => (hasEvents ? number(total(data.events, (key) => data.events.keys[key].code === code).count) : '–');
  const arrived = arrivalTotals();
  const nights = ofSelection(data.nights);
  const received = nights.reduce((sum, night) => sum + night[2], 0);
  const rejected = nights.reduce((sum, night) => sum + night[4], 0);
  const unpriced = priced.count - priced.priced;
  const figures = [
    ['reservations', number(standing), isNarrow ? text('without_cancelled') : text('reservations_note', { count: number(coming) })],
    ['cancel_rate', rate(priced).text, priced.untold > 0 ? text('cancel_rate_untold_note', { ...rated, untold: number(priced.count - priced.judged) }) : text('cancel_rate_note', rated)],
    ['fee_total', yuan(priced.amount), unpriced > 0 ? text('fee_unpriced_note', { count: number(unpriced) }) : text('without_cancelled')],
    ['fee_average', mean(priced).text, text('fee_average_note')],
  ];
  if (!isNarrow) {
    figures.push(
      ['bookings_key', event('booked'), text('bookings_key_note', { count: event('backlog'), few: data.min_cell })],
      ['lead_average', days(lead.amount, lead.priced).text, text('lead_average_note', { count: number(backlog) })],
      ['arrival_rate', arrived.reported === 0 ? text('not_reported') : percent(arrived.arrived, arrived.reported), text('arrival_rate_note', { count: number(arrived.arrived), all: number(arrived.reported), unreported: number(arrived.unreported) })],
      ['changes_key', `${event('rescheduled')} / ${event('cancelled')}`, text('changes_key_note', { few: data.min_cell })],
      ['add_on_rate', standing === 0 ? '–' : number((100 * add_ons) / standing, 1), text('add_on_rate_note', { count: number(add_ons) })],
      ['rejected_share', percent(rejected, received, 2), text('rejected_share_note', { count: number(rejected), all: number(received) })],
    );
  }
  const shown = isBy('status') ? [] : figures;
  $('key-figures').replaceChildren(
    ...shown.map(([key, value, note]) =>
      element('div', {}, element('dt', {}, text(key)), element('dd', { 'data-figure': key }, value), element('dd', { class: 'note' }, note)),
    ),
  );
}

function showVolumes() {
  if (isBy('package', 'channel')) return showVolumesByMonth();
  const { step, starts, named } = steps();
  const isCounted = (key) => selection.by === null || key === selection.by.key;
  const cancelledInAll = cellTotal(data.totals);
  const any = total(data.statuses, isCounted).count > 0 || (isByCancelled() && cancelledInAll.cancelled > 0);
  const keys = data.statuses.keys.map((key, at) => ({ key, at })).filter(({ at }) => isCounted(at));
  keys.sort((one, other) => isStanding(other.at) - isStanding(one.at) || one.key.code.localeCompare(other.key.code));
  const bars = keys.map(({ key, at }) => ({
    name: keyName(key),
    colour: statusColour(key.code, at),
    values: byTime(data.statuses, step, starts, (one) => one === at).map((sum) => sum.count),
  }));
  const code = selection.by === null ? null : chosenKey().code;
  const wasCounted = (key) => {
    const before = data.statuses_before.keys[key].code;
    // How many were cancelled then is told of some days only.
    return before !== '5' && (code === null || before === code);
  };
  const hasBefore = total(data.statuses_before, wasCounted).count > 0;
  const knownFrom = knownBeforeFrom();
  const beforeOf = (step, starts) =>
    byTime(data.statuses_before, step, starts, wasCounted).map((sum, at) => ((at + 1 < starts.length ? starts[at + 1] : selection.last + 1) > knownFrom ? sum : null));
  const dashes = hasBefore ? [{ name: text('year_before'), colour: INK, values: beforeOf(step, starts).map((sum) => sum && sum.count) }] : [];
  const coarse = tableStep();
  const rows = stepsOf(coarse);
  const counted = code === null ? isStanding : isCounted;
  const standing = byTime(data.statuses, coarse, rows, counted);
  const cancelled = cancelledBySteps(coarse, rows);
  const before = beforeOf(coarse, rows);
  const beforeAll = total(data.statuses_before, wasCounted);
  const cells = (name, stand, less, then, isCompared = true) => [
    name,
    isByCancelled() ? gone(less) : count(stand.count),
    ...(code === null ? [gone(less), rate(less)] : []),
    ...(hasBefore ? [then ? count(then.count) : nothing(), isCompared && then ? share(stand.count - then.count, then.count) : nothing()] : []),
  ];
  fill(
    'volumes',
    text(hasBefore ? 'volumes_note_before' : 'volumes_note', { count: data.min_cell }),
    any && alongTime({ steps: named, bars, dashes, format: number, axisFormat: short, todayWord: text('today') }),
    [
      table(
        text('volumes'),
        [coarse, 'reservations', ...(code === null ? ['cancelled', 'rate'] : []), ...(hasBefore ? ['year_before', 'growth'] : [])].map((key) => text(key)),
        rows.map((start, at) => cells(dayName(start, coarse), standing[at], cancelled[at], before[at])),
        // A sum of fewer steps is not compared with that of all.
        { foot: cells(text('total'), total(data.statuses, counted), cancelledInAll, beforeAll, !before.includes(null)) },
      ),
    ],
  );
}

// Of a package or a channel no day is told: there, a cell would be one person.
function showVolumesByMonth() {
  const named = months();
  const groups = monthSums((hospital, key, month) => month);
  const sumOf = named.map(({ at }) => groups.get(at) || NONE);
  const all = ADD(sumOf);
  const cells = (name, sum) => [name, count(sum.count), gone(sum), rate(sum)];
  fill(
    'volumes',
    text('by_month_note', { count: data.min_cell }),
    all.count + all.cancelled > 0 &&
      alongTime({
        steps: named,
        bars: [
          { name: text('reservations'), colour: COLOURS.good, values: sumOf.map((sum) => sum.count) },
          { name: text('cancelled'), colour: COLOURS.bad, values: sumOf.map((sum) => (sum.untold > 0 ? null : sum.cancelled)) },
        ],
        format: number,
        axisFormat: short,
        todayWord: text('today'),
      }),
    [table(text('volumes'), ['month', 'reservations', 'cancelled', 'rate'].map((key) => text(key)), named.map(({ name }, at) => cells(name, sumOf[at])), { foot: cells(text('total'), all) })],
  );
}

function showFees() {
  const named = months();
  const groups = monthSums((hospital, key, month) => month);
  const sumOf = named.map(({ at }) => groups.get(at) || NONE);
  const all = ADD(sumOf);
  const fee = (sum) => (sum.priced === 0 ? nothing() : money(sum.amount));
  const cells = (name, sum) => [name, fee(sum), mean(sum), count(sum.count - sum.priced)];
  fill(
    'fees',
    text('fees_note', { count: data.min_cell }),
    all.priced > 0 &&
      alongTime({
        steps: named,
        bars: [{ name: text('fee'), colour: COLOURS.good, values: sumOf.map((sum) => sum.amount / 100) }],
        format: (value) => yuan(value * 100),
        axisFormat: (value) => '¥' + short(value),
        todayWord: text('today'),
      }),
    [table(text('fees'), ['month', 'fee', 'fee_mean', 'unpriced'].map((key) => text(key)), named.map(({ name }, at) => cells(name, sumOf[at])), { foot: cells(text('total'), all) })],
  );
}

const eventKey = (code) => data.events.keys.findIndex((key) => key.code === code);

function showBookings() {
  const { step, starts, named } = steps();
  const booked = eventKey('booked');
  const all = total(data.events, (key) => key === booked);
  const backlog = total(data.events, (key) => key === eventKey('backlog')).count;
  const coarse = tableStep();
  const rows = stepsOf(coarse);
  const sumOf = byTime(data.events, coarse, rows, (key) => key === booked);
  fill(
    'bookings',
    text('bookings_note', { count: number(backlog), few: data.min_cell }),
    all.count > 0 &&
      alongTime({
        steps: named,
        bars: [{ name: text('bookings_key'), colour: EVENT_COLOURS.booked, values: byTime(data.events, step, starts, (key) => key === booked).map((sum) => sum.count) }],
        format: number,
        axisFormat: short,
        todayWord: text('today'),
      }),
    [
      table(text('bookings'), [text(coarse), text('bookings_key'), text('share')], rows.map((start, at) => [dayName(start, coarse), count(sumOf[at].count), share(sumOf[at].count, all.count)]), {
        foot: [text('total'), count(all.count), share(all.count, all.count)],
      }),
    ],
  );
}

// Days on which nobody reports arrivals are neither full nor empty: they are unknown.
const isReported = (key) => data.arrivals.keys[key].code === 'reported';

function arrivalTotals() {
  const reported = total(data.arrivals, isReported);
  return { reported: reported.count, arrived: reported.amount, unreported: total(data.arrivals, (key) => !isReported(key)).count };
}

function showArrivals() {
  const all = arrivalTotals();
  const { step, starts, named } = steps();
  const known = byTime(data.arrivals, step, starts, isReported);
  const unknown = byTime(data.arrivals, step, starts, (key) => !isReported(key));
  const coarse = tableStep();
  const rows = stepsOf(coarse);
  const [knownRows, unknownRows] = [isReported, (key) => !isReported(key)].map((which) => byTime(data.arrivals, coarse, rows, which));
  const unreported = () => nothing(text('not_reported'));
  const cells = (name, sum, less) => [
    name,
    ...(sum.count > 0
      ? [count(sum.count), count(sum.amount), count(sum.count - sum.amount), share(sum.amount, sum.count)]
      : less > 0
        ? [nothing(), unreported(), unreported(), unreported()]
        : [nothing(), nothing(), nothing(), nothing()]),
    count(less),
  ];
  fill(
    'arrivals',
    text('arrivals_note', { count: data.min_cell }),
    all.reported + all.unreported > 0 &&
      alongTime({
        steps: named,
        bars: [
          { name: text('arrived'), colour: COLOURS.good, values: known.map((sum) => sum.amount) },
          { name: text('no_shows'), colour: COLOURS.fourth, values: known.map((sum) => sum.count - sum.amount) },
          { name: text('not_reported'), colour: COLOURS.plain, values: unknown.map((sum) => sum.count) },
        ],
        format: number,
        axisFormat: short,
        todayWord: text('today'),
      }),
    [
      table(
        text('arrivals'),
        [coarse, 'expected', 'arrived', 'no_shows', 'arrival_rate', 'not_reported'].map((key) => text(key)),
        rows.map((start, at) => cells(dayName(start, coarse), knownRows[at], unknownRows[at].count)),
        { foot: cells(text('total'), { count: all.reported, amount: all.arrived }, all.unreported) },
      ),
    ],
  );
}

// As many columns as have room for the names of all months, also on paper.
const WEEKS_WITH_MONTHS = 56;
const isQuarter = (day) => monthOf(day) % 3 === 0;

// One square a day: a column a week, a row a weekday.
function showWeekdays() {
  const isCounted = (key) => (selection.by === null ? isStanding(key) : key === selection.by.key);
  const groups = sums(data.statuses, (hospital, key, day) => (isCounted(key) ? day : undefined));
  const countOf = (day) => (groups.get(day) || NONE).count;
  const weekday = (day) => (new Date(Date.parse(dateOf(day))).getUTCDay() + 6) % 7;
  const monday = selection.first - weekday(selection.first);
  const weeks = Math.floor((selection.last - monday) / 7) + 1;
  const most = Math.max(1, ...[...groups.values()].map((sum) => sum.count));
  const names = [0, 1, 2, 3, 4, 5, 6].map((at) => text('weekday_' + at));
  const squares = [];
  for (let week = 0; week < weeks; week += 1) {
    const start = monday + week * 7;
    const month = dateOf(start).slice(0, 7);
    // A month is named where it has room: at its first week; of many weeks, the first month of a quarter.
    const isNamed = weeks > WEEKS_WITH_MONTHS ? isQuarter(start) && week > 0 && month !== dateOf(start - 7).slice(0, 7) : week === 0 ? month === dateOf(start + 14).slice(0, 7) || weeks < 4 : (month !== dateOf(start - 7).slice(0, 7) && weeks - week > 2);
    squares.push(element('span', { class: 'month' }, isNamed ? month : ''));
    for (let at = 0; at < 7; at += 1) {
      const day = start + at;
      if (day < selection.first || day > selection.last) {
        squares.push(element('span', { class: 'day' }));
        continue;
      }
      const value = countOf(day);
      const level = value === 0 ? 0 : Math.ceil((5 * value) / most);
      squares.push(element('span', { class: `day level-${level}`, title: `${dateOf(day)} ${names[at]}: ${number(value)}` }, weeks <= 14 ? String(value) : ''));
    }
  }
  const head = [element('span', { class: 'month' }, ''), ...names.map((name) => element('span', { class: 'name' }, name))];
  const grid = element('div', { class: 'heat', role: 'img', 'aria-label': text('chart_label', { title: text('weekdays') }) }, ...head, ...squares);
  grid.style.setProperty('--weeks', weeks);
  const sumOf = names.map(() => ({ count: 0, days: 0 }));
  for (let day = selection.first; day <= selection.last; day += 1) {
    sumOf[weekday(day)].count += countOf(day);
    sumOf[weekday(day)].days += 1;
  }
  const all = { count: sumOf.reduce((sum, one) => sum + one.count, 0), days: selection.last - selection.first + 1 };
  const perDay = (one) => (one.days === 0 ? nothing() : { text: number(one.count / one.days, 1), value: one.count / one.days, file: (one.count / one.days).toFixed(1) });
  const cells = (name, one) => [name, count(one.count), perDay(one), share(one.count, all.count)];
  fill(
    'weekdays',
    text('weekdays_note', { most: number(most) }),
    all.count > 0 && element('div', { class: 'framed' }, element('p', { class: 'tools' }, element('span', { class: 'wider' }, text('wider'))), element('div', { class: 'scrolled', tabindex: '0', role: 'region', 'aria-label': text('weekdays') }, grid)),
    [table(text('weekdays'), ['weekday', 'reservations', 'per_day', 'share'].map((key) => text(key)), names.map((name, at) => cells(name, sumOf[at])), { foot: cells(text('total'), all) })],
  );
}

function showChanges() {
  const { step, starts, named } = steps();
  const drawn = ['rescheduled', 'cancelled', 'amended', 'reinstated'].filter((code) => eventKey(code) >= 0);
  const name = (code) => keyName(data.events.keys[eventKey(code)]);
  const bars = drawn.map((code) => ({
    name: name(code),
    colour: EVENT_COLOURS[code],
    values: byTime(data.events, step, starts, (key) => key === eventKey(code)).map((sum) => sum.count),
  }));
  const coarse = tableStep();
  const rows = stepsOf(coarse);
  const columns = drawn.map((code) => byTime(data.events, coarse, rows, (key) => key === eventKey(code)));
  const all = drawn.map((code) => total(data.events, (key) => key === eventKey(code)).count);
  fill(
    'changes',
    text('changes_note', { count: data.min_cell }),
    all.some((sum) => sum > 0) && alongTime({ steps: named, bars, format: number, axisFormat: short, todayWord: text('today') }),
    [
      table(text('changes'), [text(coarse), ...drawn.map(name)], rows.map((start, at) => [dayName(start, coarse), ...columns.map((column) => count(column[at].count))]), {
        foot: [text('total'), ...all.map(count)],
      }),
    ],
  );
}

function showStatuses() {
  const groups = sums(data.statuses, (hospital, key) => key);
  const { cancelled, untold } = cellTotal(data.totals);
  const all = { count: total(data.statuses, isStanding).count + cancelled };
  const present = data.statuses.keys
    .map((key, at) => ({ name: keyName(key), colour: statusColour(key.code, at), count: isStanding(at) ? (groups.get(at) || NONE).count : cancelled }))
    .filter((one) => one.count > 0);
  fill(
    'statuses',
    untold > 0 ? text('statuses_untold_note', { count: data.min_cell }) : null,
    all.count > 0 &&
      ring({
        parts: present.map((one) => ({ name: one.name, colour: one.colour, value: one.count })),
        format: number,
        shareOf: (value) => percent(value, all.count),
      }),
    [
      table(text('statuses'), [text('status'), text('reservations'), text('share')], present.map((one) => [one.name, count(one.count), share(one.count, all.count)]), {
        foot: [text('total'), count(all.count), share(all.count, all.count)],
      }),
    ],
  );
}

function showLeadTimes() {
  const groups = cellSums(data.lead_times, (hospital, key) => (data.lead_times.keys[key].is_rest ? 'rest' : Number(data.lead_times.keys[key].code)));
  const all = cellTotal(data.lead_times);
  const rows = data.lead_days.map((day, group) => ({ name: leadName(group), ...(groups.get(group) || NONE) }));
  if (groups.has('rest')) rows.push({ name: text('rest', { count: data.min_cell }), ...groups.get('rest') });
  showRanking('lead_times', text('lead_times_note', { count: number(cellTotal(data.backlog).count) }), {
    rows: all.count > 0 ? rows : [],
    headings: ['days_ahead', 'reservations', 'share'],
    cells: (one) => [one.name, count(one.count), share(one.count, all.count)],
    foot: [text('total'), count(all.count), share(all.count, all.count)],
    colour: COLOURS.main,
  });
}

// What the most frequent have, as lying bars and as a table.
function showRanking(id, note, { rows, headings, cells, foot, colour }) {
  fill(
    id,
    note,
    rows.length > 0 &&
      ranking({
        names: rows.map((one) => one.name),
        values: rows.map((one) => one.count),
        name: text('reservations'),
        colour,
        format: number,
        axisFormat: short,
      }),
    [table(text(id), headings.map((key) => text(key)), rows.map(cells), { foot })],
    rows.length,
  );
}

function showHospitals() {
  const isNarrow = isBy('package', 'channel');
  const fees = monthSums((hospital) => hospital);
  const counts = sums(data.statuses, (hospital, key) => ((selection.by === null ? isStanding(key) : key === selection.by.key) ? hospital : undefined));
  const lead = cellSums(data.lead_times, (hospital) => hospital);
  const rows = data.hospitals.map((hospital, at) => {
    const fee = fees.get(at) || NONE;
    const known = isNarrow ? fee : counts.get(at) || NONE;
    return { ...fee, name: hospitalName(at), count: isByCancelled() ? fee.cancelled : known.count, lead: lead.get(at) || NONE };
  });
  const shown = rows.filter((one) => one.count + one.cancelled > 0 && (!isBy('status') || one.count > 0)).sort((one, other) => other.count - one.count);
  const sum = { ...ADD(shown), name: text('total'), lead: ADD(shown.map((one) => one.lead)) };
  const headings = ['hospital', 'reservations', ...(isBy('status') ? [] : ['rate', 'fee', 'fee_mean']), ...(selection.by === null ? ['lead_mean'] : [])];
  const cells = (one) => [
    one.name,
    isByCancelled() ? gone(one) : count(one.count),
    ...(isBy('status') ? [] : [rate(one), one.priced === 0 ? nothing() : money(one.amount), mean(one)]),
    ...(selection.by === null ? [days(one.lead.amount, one.lead.priced)] : []),
  ];
  showRanking('hospitals', null, { rows: shown, headings, cells, foot: cells(sum), colour: COLOURS.main });
}

function showRankings() {
  const packages = ranked(data.packages);
  const packageCells = (one) => [one.name, count(one.count), share(one.count, packages.sum.count), one.priced === 0 ? nothing() : money(one.amount), mean(one)];
  showRanking('packages', text('packages_note', { count: data.min_cell }), {
    rows: packages.all,
    headings: ['package', 'reservations', 'share', 'fee', 'fee_mean'],
    cells: packageCells,
    foot: packageCells({ name: text('total'), ...packages.sum }),
    colour: COLOURS.main,
  });

  const standing = total(data.statuses, isStanding).count;
  showRanking('add_ons', text('add_ons_note'), {
    rows: ranked(data.add_ons).all,
    headings: ['add_on', 'reservations', 'share'],
    cells: (one) => [one.name, count(one.count), share(one.count, standing)],
    foot: null,
    colour: COLOURS.good,
  });

  const channels = ranked(data.channels);
  const channelCells = (one) => [one.name, count(one.count), share(one.count, channels.sum.count), gone(one), rate(one)];
  showRanking('channels', text('channels_note', { count: data.min_cell }), {
    rows: channels.all,
    headings: ['channel', 'reservations', 'share', 'cancelled', 'rate'],
    cells: channelCells,
    foot: channelCells({ name: text('total'), ...channels.sum }),
    colour: COLOURS.third,
  });
}

function showAgeSex() {
  const keys = data.age_sex.keys.filter((key) => !key.is_rest);
  const bands = [...new Set(keys.map(bandOf))].sort((one, other) => (one === '') - (other === '') || parseInt(one, 10) - parseInt(other, 10));
  const sexes = [...new Set(keys.map(sexOf))].sort((one, other) => (one === '') - (other === '') || one.localeCompare(other));
  const groups = cellSums(data.age_sex, (hospital, key) => key);
  const countOf = (isCounted) => [...groups].reduce((sum, [key, one]) => sum + (isCounted(data.age_sex.keys[key]) ? one.count : 0), 0);
  const all = countOf(() => true);
  const rest = countOf((key) => key.is_rest);
  const cell = (band, sex) => countOf((key) => !key.is_rest && (band === null || bandOf(key) === band) && (sex === null || sexOf(key) === sex));
  const rows = bands.map((band) => [bandName(band), ...sexes.map((sex) => count(cell(band, sex))), count(cell(band, null)), share(cell(band, null), all)]);
  if (rest > 0) rows.push([text('rest', { count: data.min_cell }), ...sexes.map(() => nothing()), count(rest), share(rest, all)]);
  fill(
    'age_sex',
    text('age_sex_note', { count: data.min_cell }),
    all > rest &&
      alongTime({
        steps: bands.map((band) => ({ name: bandName(band), label: bandName(band), isToday: false, isLater: false })),
        bars: sexes.map((sex, at) => ({ name: sexName(sex), colour: [COLOURS.good, COLOURS.fourth, COLOURS.third, COLOURS.plain][at % 4], values: bands.map((band) => cell(band, sex)) })),
        format: number,
        axisFormat: short,
        todayWord: '',
      }),
    [
      table(text('age_sex'), [text('age'), ...sexes.map(sexName), text('reservations'), text('share')], rows, {
        foot: [text('total'), ...sexes.map((sex) => count(cell(null, sex))), count(all), share(all, all)],
      }),
    ],
  );
}

const NIGHTS_SHOWN = 14;

function showQuality() {
  const nights = ofSelection(data.nights);
  const days = [...new Set(nights.map((night) => night[1]))].sort((one, other) => one - other);
  const sumOf = (day, column) => nights.filter((night) => night[1] === day).reduce((sum, night) => sum + night[column], 0);
  const last = nights.slice(-NIGHTS_SHOWN).reverse();
  const isShared = data.accounts.length > 1;
  const broken = new Map();
  for (const [, , field, rule, is_rejecting, records] of ofSelection(data.broken_rules)) {
    const key = JSON.stringify([field, rule, is_rejecting]);
    broken.set(key, (broken.get(key) || 0) + records);
  }
  const rules = [...broken].map(([key, records]) => [...JSON.parse(key), records]);
  rules.sort((one, other) => other[2] - one[2] || other[3] - one[3]);
  fill(
    'quality',
    text('quality_note'),
    nights.length > 0 &&
      alongTime({
        steps: days.map((day) => ({ name: dateOf(day), label: axisLabel(day, 'day') })),
        bars: [
          { name: text('accepted'), colour: COLOURS.main, values: days.map((day) => sumOf(day, 3)) },
          { name: text('rejected'), colour: COLOURS.bad, values: days.map((day) => sumOf(day, 4)) },
        ],
        lines: [
          {
            name: text('rejected_share'),
            colour: COLOURS.third,
            values: days.map((day) => (sumOf(day, 2) === 0 ? null : (100 * sumOf(day, 4)) / sumOf(day, 2))),
          },
        ],
        format: number,
        axisFormat: short,
        lineFormat: (value) => number(value, 2) + '%',
        todayWord: text('today'),
      }),
    [
      table(
        text('latest_nights', { count: number(last.length) }),
        [text('day'), ...(isShared ? [text('account')] : []), ...['received', 'accepted', 'rejected', 'unchanged', 'opened', 'warned'].map((key) => text(key))],
        last.map(([account, day, ...counts]) => [dateOf(day), ...(isShared ? [data.accounts[account].account] : []), ...counts.map(count)]),
        { words: isShared ? 2 : 1 },
      ),
      rules.length === 0
        ? element('p', { class: 'none' }, text('no_broken_rules'))
        : table(
            text('broken_rules'),
            [text('field'), text('rule'), text('effect'), text('records')],
            rules.map(([field, rule, is_rejecting, records]) => [fieldName(field), ruleName(rule), text(is_rejecting ? 'effect_reject' : 'effect_warn'), count(records)]),
            { words: 3 },
          ),
    ],
  );
}

// Named periods that have a month in common with the page's.
function presets() {
  const today = monthOf(TODAY) - FIRST_MONTH;
  const all = [
    ['all', 0, MONTHS.length - 1],
    ['this_month', today, today],
    ['last_month', today - 1, today - 1],
    ['past_3', today - 3, today - 1],
    ['coming', today, MONTHS.length - 1],
    ['this_year', today - ((monthOf(TODAY) % 12)), today - (monthOf(TODAY) % 12) + 11],
  ];
  return all
    .filter(([, from, to]) => from < MONTHS.length && to >= 0 && from <= to)
    .map(([name, from, to]) => ({ name, from: Math.max(0, from), to: Math.min(MONTHS.length - 1, to) }));
}

function options(select, values, chosen) {
  select.replaceChildren(...values.map(([value, name]) => element('option', { value }, name)));
  select.value = chosen;
}

const byValue = (by) => (by === null ? '' : [by.dimension, ...['code', 'name'].map((part) => DIMENSIONS[by.dimension].keys[by.key][part] || '')].join('/'));

// Every key of the dimensions that a reader can choose; what is added up cannot be chosen.
function byChoices() {
  return Object.entries(DIMENSIONS).flatMap(([dimension, { keys }]) =>
    keys.map((key, at) => ({ dimension, key: at, isRest: key.is_rest || key.code === 'untold', name: keyName(key) })).filter((one) => !one.isRest),
  );
}

const hospitalValue = (at) => (at === null ? '' : data.hospitals[at].slice(0, 2).join('/'));

function showControls() {
  for (const one of document.querySelectorAll('[data-text]')) one.textContent = text(one.dataset.text);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  $('language').lang = language === 'zh' ? 'en' : 'zh-CN';
  $('filters').setAttribute('aria-label', text('filters'));
  document.title = text('title');
  const accounts = data.accounts.map(({ account, as_of }) => text('about_account', { account, as_of }));
  $('about').textContent = [...accounts, text('about_generated', { time: data.generated_at })].join(text('separator'));
  const known = presets();
  const chosen = known.find(({ from, to }) => from === selection.from && to === selection.to);
  options($('preset'), [...known.map(({ name }) => [name, text('preset_' + name)]), ['own', text('preset_own')]], chosen ? chosen.name : 'own');
  for (const id of ['from', 'to']) options($(id), MONTHS.map((month, at) => [month.name, monthName(at)]), MONTHS[selection[id]].name);
  $('of-account').hidden = data.accounts.length < 2;
  options($('account'), [['', text('all_accounts')], ...data.accounts.map(({ account }) => [account, account])], selection.account === null ? '' : data.accounts[selection.account].account);
  const isOffered = (hospital) => selection.account === null || hospital[0] === data.accounts[selection.account].account;
  options(
    $('hospital'),
    [['', text('all_hospitals')], ...data.hospitals.map((hospital, at) => [hospital, at]).filter(([hospital]) => isOffered(hospital)).map(([, at]) => [hospitalValue(at), hospitalName(at)])],
    hospitalValue(selection.hospital),
  );
  $('by').replaceChildren(
    element('option', { value: '' }, text('by_nothing')),
    ...Object.keys(DIMENSIONS).map((dimension) =>
      element('optgroup', { label: text(dimension) }, ...byChoices().filter((one) => one.dimension === dimension).map((one) => element('option', { value: byValue(one) }, one.name))),
    ),
  );
  $('by').value = byValue(selection.by);
  options($('step'), ['auto', 'day', 'week', 'month'].map((step) => [step, text('step_' + step)]), selection.step);
  $('selection').textContent = [
    text('selection', { from: dateOf(selection.first), to: dateOf(selection.last) }),
    ...(selection.account === null ? [] : [text('about_chosen', { account: data.accounts[selection.account].account })]),
    selection.hospital === null ? text('all_hospitals') : hospitalName(selection.hospital),
    ...(selection.by === null ? [] : [`${text(selection.by.dimension)} ${keyName(chosenKey())}`]),
    text('step_' + stepInUse()),
  ].join(' · ');
  $('narrowed').hidden = selection.by === null;
  $('narrowed').textContent = text('narrowed', { count: data.min_cell });
}

// How old the data is when it is read, not when the page was made: a page lies in a share for weeks.
const STALE_MS = 2 * 86400000;

function showStale() {
  const stale = data.accounts.filter(({ as_of_ms }) => Date.now() - as_of_ms > STALE_MS);
  $('stale').hidden = stale.length === 0;
  const said = ({ account, as_of, as_of_ms }) => text('stale', { account, as_of, days: number(Math.floor((Date.now() - as_of_ms) / 86400000)) });
  $('stale').replaceChildren(...stale.slice(0, 5).map((one) => element('p', {}, said(one))), ...(stale.length > 5 ? [element('p', {}, text('stale_more', { count: stale.length - 5 }))] : []));
}

// Nothing to show: says why, and what to do.
function showNothing() {
  const known = data.accounts.map((account) => account.check_dates).filter(Boolean);
  const values = { from: data.period[0], to: data.period[1] };
  const parts = [];
  if (known.length === 0) {
    parts.push(element('h2', {}, text('nothing_yet_title')), element('p', {}, text('nothing_yet')));
  } else {
    values.first = known.map(([first]) => first).sort()[0];
    values.last = known.map(([, last]) => last).sort().pop();
    parts.push(
      element('h2', {}, text('nothing_in_period_title')),
      element('p', {}, text('nothing_in_period', values)),
      element('pre', {}, `tijian report --out report.html --from ${values.first} --to ${values.last}`),
    );
  }
  $('nothing').replaceChildren(...parts);
}

const isEmpty = [data.statuses.series, data.events.series, data.nights].every((rows) => rows.length === 0);

// Sections, and the dimensions whose keys they can be narrowed to.
const SECTIONS = {
  volumes: [showVolumes, 'status', 'package', 'channel'],
  fees: [showFees, 'package', 'channel'],
  bookings: [showBookings],
  arrivals: [showArrivals],
  weekdays: [showWeekdays, 'status'],
  changes: [showChanges],
  statuses: [showStatuses],
  lead_times: [showLeadTimes],
  hospitals: [showHospitals, 'status', 'package', 'channel'],
  packages: [showRankings],
  add_ons: [],
  channels: [],
  age_sex: [showAgeSex],
  quality: [showQuality],
};

function show() {
  showControls();
  showStale();
  $('nothing').hidden = !isEmpty;
  $('figures').hidden = isEmpty;
  $('filters').hidden = isEmpty;
  $('selection').hidden = isEmpty;
  if (isEmpty) return showNothing();
  showKeyFigures();
  for (const [id, [fillSection, ...dimensions]] of Object.entries(SECTIONS)) {
    $(id).hidden = selection.by !== null && !dimensions.includes(selection.by.dimension);
    if (!$(id).hidden && fillSection) fillSection();
  }
  markWide();
}

// The address remembers language and selection: nothing is stored, and a link shows what its sender saw.
function remember() {
  const parts = new URLSearchParams({ lang: language });
  if (selection.from !== 0) parts.set('from', MONTHS[selection.from].name);
  if (selection.to !== MONTHS.length - 1) parts.set('to', MONTHS[selection.to].name);
  if (selection.account !== null) parts.set('account', data.accounts[selection.account].account);
  if (selection.hospital !== null) parts.set('hospital', hospitalValue(selection.hospital));
  if (selection.by !== null) parts.set('by', byValue(selection.by));
  if (selection.step !== 'auto') parts.set('step', selection.step);
  history.replaceState(null, '', '#' + parts);
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const place = (list, isIt, otherwise = null) => {
    const at = list.findIndex(isIt);
    return at < 0 ? otherwise : at;
  };
  language = LANGUAGES.includes(parts.get('lang')) ? parts.get('lang') : data.language;
  selection.from = place(MONTHS, ({ name }) => name === parts.get('from'), 0);
  selection.to = Math.max(selection.from, place(MONTHS, ({ name }) => name === parts.get('to'), MONTHS.length - 1));
  selection.account = place(data.accounts, ({ account }) => account === parts.get('account'));
  selection.hospital = place(data.hospitals, (one, at) => hospitalValue(at) === parts.get('hospital'));
  selection.by = chosenBy(parts.get('by'));
  selection.step = ['day', 'week', 'month'].includes(parts.get('step')) ? parts.get('step') : 'auto';
  bound();
}

const chosenBy = (value) => {
  const chosen = byChoices().find((one) => byValue(one) === value);
  return chosen ? { dimension: chosen.dimension, key: chosen.key } : null;
};

function bound() {
  selection.first = MONTHS[selection.from].first;
  selection.last = MONTHS[selection.to].last;
}

function change(wish) {
  Object.assign(selection, wish);
  bound();
  remember();
  show();
}

$('language').addEventListener('click', () => {
  language = LANGUAGES.find((one) => one !== language);
  change({});
});
$('preset').addEventListener('change', (event) => {
  const chosen = presets().find(({ name }) => name === event.target.value);
  if (chosen) change({ from: chosen.from, to: chosen.to });
  else $('from').focus();
});
$('from').addEventListener('change', (event) => {
  const from = event.target.selectedIndex;
  change({ from, to: Math.max(from, selection.to) });
});
$('to').addEventListener('change', (event) => {
  const to = event.target.selectedIndex;
  change({ to, from: Math.min(to, selection.from) });
});
$('account').addEventListener('change', (event) => {
  const at = data.accounts.findIndex(({ account }) => account === event.target.value);
  change({ account: at < 0 ? null : at, hospital: null });
});
$('by').addEventListener('change', (event) => change({ by: chosenBy(event.target.value) }));
$('hospital').addEventListener('change', (event) => {
  const at = data.hospitals.findIndex((one, place) => hospitalValue(place) === event.target.value);
  change({ hospital: at < 0 ? null : at });
});
$('step').addEventListener('change', (event) => change({ step: event.target.value }));
$('print').addEventListener('click', () => window.print());
$('filters').addEventListener('submit', (event) => event.preventDefault());
window.addEventListener('hashchange', () => {
  recall();
  show();
});

recall();
show();

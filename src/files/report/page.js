// The page: controls, sections, tables. Texts go in as text, never as markup.

const $ = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

// cells: texts; the first is the row's heading.
function row(cells, kind = 'td') {
  const [head, ...others] = cells;
  const scope = kind === 'td' ? 'row' : 'col';
  return element('tr', {}, element('th', { scope }, head), ...others.map((cell) => (kind === 'td' ? element('td', {}, cell) : element('th', { scope: 'col' }, cell))));
}

// names: how many columns at the beginning hold words.
function table(caption, headings, rows, { foot = null, words = 1 } = {}) {
  const made = element('table', { class: `words-${words}` }, element('caption', {}, caption));
  made.append(element('thead', {}, row(headings, 'th')), element('tbody', {}, ...rows.map((cells) => row(cells))));
  if (foot && rows.length > 1) made.append(element('tfoot', {}, row(foot)));
  return element('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': caption }, made);
}

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
  if (!option) {
    section.append(element('p', { class: 'none' }, text('none_here')));
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

function ranked(groups, nameOf) {
  const all = [...groups].map(([key, sum]) => ({ name: nameOf(key), ...sum })).filter((one) => one.count > 0 || one.amount > 0);
  all.sort((one, other) => other.count - one.count);
  const add = (rows) => rows.reduce((sum, one) => ({ count: sum.count + one.count, amount: sum.amount + one.amount }), NONE);
  const rare = all.length > ROWS_MAX + 1 ? all.splice(ROWS_MAX) : [];
  const shown = rare.length > 0 ? [...all, { name: text('others', { count: rare.length }), ...add(rare) }] : all;
  return { all: shown, sum: add(shown) };
}

const colourOf = (key, at) => (key.code === '5' || key.code === 'cancelled' ? COLOURS.bad : OTHER_COLOURS[at % OTHER_COLOURS.length]);

function steps() {
  const step = stepInUse();
  const starts = stepsOf(step);
  const today = starts.findLast((start) => start <= TODAY && TODAY <= selection.last);
  const label = (start) => (step === 'month' ? dateOf(start).slice(0, 7) : dateOf(start).slice(5));
  return { step, starts, named: starts.map((start) => ({ name: stepName(start, step), label: label(start), isToday: start === today, isLater: start > TODAY })) };
}

// A table by time has a dozen rows or so, whatever the chart's step is.
function tableStep() {
  return ['day', 'week', 'month'].find((step) => stepsOf(step).length <= 14) || 'month';
}

function byTime(dimension, step, starts, isCounted) {
  const groups = sums(dimension, (hospital, key, day) => (isCounted(key) ? stepStart(day, step) : undefined));
  return starts.map((start) => groups.get(start) || NONE);
}

function showKeyFigures() {
  const standing = total(data.statuses, isStanding);
  const cancelled = total(data.statuses, (key) => !isStanding(key)).count;
  const coming = total(data.statuses, (key, day) => isStanding(key) && day >= TODAY).count;
  const lead = total(data.lead_times, () => true);
  const add_ons = total(data.add_ons, () => true).count;
  const event = (code) => total(data.events, (key) => data.events.keys[key].code === code).count;
  const nights = ofSelection(data.nights);
  const received = nights.reduce((sum, night) => sum + night[2], 0);
  const rejected = nights.reduce((sum, night) => sum + night[4], 0);
  const average = (sum, count, format) => (count === 0 ? '–' : format(sum / count));
  const figures = [
    ['reservations', number(standing.count), text('reservations_note', { count: number(coming) })],
    ['cancel_rate', percent(cancelled, standing.count + cancelled), text('cancel_rate_note', { count: number(cancelled), all: number(standing.count + cancelled) })],
    ['fee_total', yuan(standing.amount), text('fee_total_note')],
    ['fee_average', average(standing.amount, standing.count, yuan), text('fee_average_note')],
    ['lead_average', average(lead.amount, lead.count, (days) => text('days', { count: number(days, 1) })), text('lead_average_note')],
    ['changes_key', `${number(event('rescheduled'))} / ${number(event('cancelled'))}`, text('changes_key_note')],
    ['add_on_rate', average(100 * add_ons, standing.count, (rate) => number(rate, 1)), text('add_on_rate_note', { count: number(add_ons) })],
    ['rejected_share', percent(rejected, received, 2), text('rejected_share_note', { count: number(rejected), all: number(received) })],
  ];
  $('key-figures').replaceChildren(
    ...figures.map(([key, value, note]) =>
      element('div', {}, element('dt', {}, text(key)), element('dd', { 'data-figure': key }, value), element('dd', { class: 'note' }, note)),
    ),
  );
}

function showVolumes() {
  const { step, starts, named } = steps();
  const any = total(data.statuses, () => true).count > 0;
  const keys = data.statuses.keys.map((key, at) => ({ key, at })).sort((one, other) => isStanding(other.at) - isStanding(one.at));
  const bars = keys.map(({ key, at }, order) => ({
    name: keyName(key),
    colour: colourOf(key, order),
    values: byTime(data.statuses, step, starts, (one) => one === at).map((sum) => sum.count),
  }));
  const coarse = tableStep();
  const rows = stepsOf(coarse);
  const standing = byTime(data.statuses, coarse, rows, isStanding);
  const cancelled = byTime(data.statuses, coarse, rows, (key) => !isStanding(key));
  const all = total(data.statuses, isStanding);
  const gone = total(data.statuses, (key) => !isStanding(key));
  const mean = (sum) => (sum.count === 0 ? '–' : yuan(sum.amount / sum.count));
  const cells = (name, stand, less) => [name, number(stand.count), number(less.count), percent(less.count, stand.count + less.count), yuan(stand.amount), mean(stand)];
  fill(
    'volumes',
    text('volumes_note'),
    any && alongTime({ steps: named, bars, format: number, axisFormat: short, todayWord: text('today') }),
    [
      table(
        text('volumes'),
        [coarse, 'reservations', 'cancelled', 'rate', 'fee', 'fee_mean'].map((key) => text(key)),
        rows.map((start, at) => cells(dayName(start, coarse), standing[at], cancelled[at])),
        { foot: cells(text('total'), all, gone) },
      ),
    ],
  );
  fill(
    'fees',
    text('fees_note'),
    all.count > 0 &&
      alongTime({
        steps: named,
        bars: [{ name: text('fee'), colour: COLOURS.good, values: byTime(data.statuses, step, starts, isStanding).map((sum) => sum.amount / 100) }],
        format: (value) => yuan(value * 100),
        axisFormat: (value) => '¥' + short(value),
        todayWord: text('today'),
      }),
    [],
  );
}

function showChanges() {
  const { step, starts, named } = steps();
  const groups = sums(data.events, (hospital, key) => key);
  const drawn = ['rescheduled', 'cancelled', 'amended', 'reinstated'];
  const bars = drawn
    .map((code, order) => ({ at: data.events.keys.findIndex((key) => key.code === code), order }))
    .filter(({ at }) => at >= 0)
    .map(({ at, order }) => ({
      name: keyName(data.events.keys[at]),
      colour: [COLOURS.second, COLOURS.bad, COLOURS.third, COLOURS.good][order],
      values: byTime(data.events, step, starts, (key) => key === at).map((sum) => sum.count),
    }));
  const rows = [...groups].sort((one, other) => other[1].count - one[1].count);
  fill(
    'changes',
    text('changes_note'),
    rows.length > 0 && alongTime({ steps: named, bars, format: number, axisFormat: short, todayWord: text('today') }),
    [table(text('changes'), [text('event'), text('times')], rows.map(([key, sum]) => [keyName(data.events.keys[key]), number(sum.count)]))],
  );
}

function showStatuses() {
  const groups = sums(data.statuses, (hospital, key) => key);
  const all = total(data.statuses, () => true);
  const present = data.statuses.keys
    .map((key, at) => ({ name: keyName(key), colour: colourOf(key, at), ...(groups.get(at) || NONE) }))
    .filter((one) => one.count > 0);
  fill(
    'statuses',
    null,
    all.count > 0 &&
      ring({
        parts: present.map(({ name, colour, count }) => ({ name, colour, value: count })),
        format: number,
        shareOf: (value) => percent(value, all.count),
      }),
    [
      table(
        text('statuses'),
        [text('status'), text('reservations'), text('share'), text('fee')],
        present.map(({ name, count, amount }) => [name, number(count), percent(count, all.count), yuan(amount)]),
        { foot: [text('total'), number(all.count), percent(all.count, all.count), yuan(all.amount)] },
      ),
    ],
  );
}

function showLeadTimes() {
  const groups = sums(data.lead_times, (hospital, key) => Number(data.lead_times.keys[key].code));
  const all = total(data.lead_times, () => true);
  const counts = data.lead_days.map((day, group) => (groups.get(group) || NONE).count);
  fill(
    'lead_times',
    text('lead_times_note'),
    all.count > 0 &&
      ranking({
        names: counts.map((count, group) => leadName(group)),
        values: counts,
        name: text('reservations'),
        colour: COLOURS.main,
        format: number,
        axisFormat: short,
      }),
    [
      table(
        text('lead_times'),
        [text('days_ahead'), text('reservations'), text('share')],
        counts.map((count, group) => [leadName(group), number(count), percent(count, all.count)]),
        { foot: [text('total'), number(all.count), percent(all.count, all.count)] },
      ),
    ],
    counts.length,
  );
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

function showRankings() {
  const mean = (one) => (one.count === 0 ? '–' : yuan(one.amount / one.count));
  const standing = total(data.statuses, isStanding);

  const cancelled = sums(data.statuses, (hospital, key) => (isStanding(key) ? undefined : hospital));
  const lead = sums(data.lead_times, (hospital) => hospital);
  const hospitals = [...sums(data.statuses, (hospital, key) => (isStanding(key) ? hospital : undefined))]
    .map(([at, sum]) => ({ at, name: hospitalName(at), ...sum }))
    .sort((one, other) => other.count - one.count);
  const hospitalCells = (one, gone, days) => [
    one.name,
    number(one.count),
    percent(gone, one.count + gone),
    yuan(one.amount),
    mean(one),
    days.count === 0 ? '–' : text('days', { count: number(days.amount / days.count, 1) }),
  ];
  showRanking('hospitals', null, {
    rows: hospitals,
    headings: ['hospital', 'reservations', 'rate', 'fee', 'fee_mean', 'lead_mean'],
    cells: (one) => hospitalCells(one, (cancelled.get(one.at) || NONE).count, lead.get(one.at) || NONE),
    foot: hospitalCells({ name: text('total'), ...standing }, total(data.statuses, (key) => !isStanding(key)).count, total(data.lead_times, () => true)),
    colour: COLOURS.main,
  });

  const packages = ranked(sums(data.packages, (hospital, key) => key), (key) => keyName(data.packages.keys[key]));
  const packageCells = (one) => [one.name, number(one.count), percent(one.count, packages.sum.count), yuan(one.amount), mean(one)];
  showRanking('packages', text('packages_note'), {
    rows: packages.all,
    headings: ['package', 'reservations', 'share', 'fee', 'fee_mean'],
    cells: packageCells,
    foot: packageCells({ name: text('total'), ...packages.sum }),
    colour: COLOURS.main,
  });

  const add_ons = ranked(sums(data.add_ons, (hospital, key) => key), (key) => keyName(data.add_ons.keys[key]));
  showRanking('add_ons', text('add_ons_note'), {
    rows: add_ons.all,
    headings: ['add_on', 'reservations', 'share'],
    cells: (one) => [one.name, number(one.count), percent(one.count, standing.count)],
    foot: null,
    colour: COLOURS.good,
  });

  const channels = ranked(sums(data.channels, (hospital, key) => key), (key) => keyName(data.channels.keys[key]));
  const channelCells = (one) => [one.name, number(one.count), percent(one.count, channels.sum.count), number(one.amount), percent(one.amount, one.count + one.amount)];
  showRanking('channels', text('channels_note'), {
    rows: channels.all,
    headings: ['channel', 'reservations', 'share', 'cancelled', 'rate'],
    cells: channelCells,
    foot: channelCells({ name: text('total'), ...channels.sum }),
    colour: COLOURS.second,
  });
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
        steps: days.map((day) => ({ name: dateOf(day), label: dateOf(day).slice(5) })),
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
        last.map(([account, day, ...counts]) => [dateOf(day), ...(isShared ? [data.accounts[account].account] : []), ...counts.map((count) => number(count))]),
        { words: isShared ? 2 : 1 },
      ),
      rules.length === 0
        ? element('p', { class: 'none' }, text('no_broken_rules'))
        : table(
            text('broken_rules'),
            [text('field'), text('rule'), text('effect'), text('records')],
            rules.map(([field, rule, is_rejecting, records]) => [fieldName(field), ruleName(rule), text(is_rejecting ? 'effect_reject' : 'effect_warn'), number(records)]),
            { words: 3 },
          ),
    ],
  );
}

// Named periods that have a day in common with the page's.
function presets() {
  const today = new Date(Date.parse(data.today));
  const monthStart = (months) => dayOf(new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1)).toISOString().slice(0, 10));
  const all = [
    ['all', 0, LAST_DAY],
    ['past_7', TODAY - 7, TODAY - 1],
    ['past_30', TODAY - 30, TODAY - 1],
    ['next_28', TODAY, TODAY + 27],
    ['this_month', monthStart(0), monthStart(1) - 1],
    ['last_month', monthStart(-1), monthStart(0) - 1],
  ];
  return all
    .filter(([, first, last]) => first <= LAST_DAY && last >= 0)
    .map(([name, first, last]) => ({ name, first: Math.max(0, first), last: Math.min(LAST_DAY, last) }));
}

function options(select, values, chosen) {
  select.replaceChildren(...values.map(([value, name]) => element('option', { value }, name)));
  select.value = chosen;
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
  const chosen = known.find(({ first, last }) => first === selection.first && last === selection.last);
  options($('preset'), [...known.map(({ name }) => [name, text('preset_' + name)]), ['own', text('preset_own')]], chosen ? chosen.name : 'own');
  options(
    $('hospital'),
    [['', text('all_hospitals')], ...data.hospitals.map((hospital, at) => [hospitalValue(at), hospitalName(at)])],
    hospitalValue(selection.hospital),
  );
  options($('step'), ['auto', 'day', 'week', 'month'].map((step) => [step, text('step_' + step)]), selection.step);
  for (const [id, day] of [['from', selection.first], ['to', selection.last]]) {
    $(id).min = data.period[0];
    $(id).max = data.period[1];
    $(id).value = dateOf(day);
  }
  $('selection').textContent = text('selection', {
    from: dateOf(selection.first),
    to: dateOf(selection.last),
    hospital: selection.hospital === null ? text('all_hospitals') : hospitalName(selection.hospital),
    step: text('step_' + stepInUse()),
  });
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

function show() {
  showControls();
  $('nothing').hidden = !isEmpty;
  $('figures').hidden = isEmpty;
  $('filters').hidden = isEmpty;
  $('selection').hidden = isEmpty;
  if (isEmpty) return showNothing();
  showKeyFigures();
  showVolumes();
  showChanges();
  showStatuses();
  showLeadTimes();
  showRankings();
  showQuality();
}

// The address remembers language and selection: nothing is stored, and a link shows what its sender saw.
function remember() {
  const parts = new URLSearchParams({ lang: language });
  if (selection.first !== 0) parts.set('from', dateOf(selection.first));
  if (selection.last !== LAST_DAY) parts.set('to', dateOf(selection.last));
  if (selection.hospital !== null) parts.set('hospital', hospitalValue(selection.hospital));
  if (selection.step !== 'auto') parts.set('step', selection.step);
  history.replaceState(null, '', '#' + parts);
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const day = (name, otherwise) => {
    const found = dayOf(parts.get(name) || '');
    return Number.isInteger(found) ? Math.min(LAST_DAY, Math.max(0, found)) : otherwise;
  };
  language = LANGUAGES.includes(parts.get('lang')) ? parts.get('lang') : data.language;
  selection.first = day('from', 0);
  selection.last = Math.max(selection.first, day('to', LAST_DAY));
  const hospital = data.hospitals.findIndex((one, at) => hospitalValue(at) === parts.get('hospital'));
  selection.hospital = hospital < 0 ? null : hospital;
  selection.step = ['day', 'week', 'month'].includes(parts.get('step')) ? parts.get('step') : 'auto';
}

function change(wish) {
  Object.assign(selection, wish);
  remember();
  show();
}

$('language').addEventListener('click', () => {
  language = LANGUAGES.find((one) => one !== language);
  change({});
});
$('preset').addEventListener('change', (event) => {
  const chosen = presets().find(({ name }) => name === event.target.value);
  if (chosen) change({ first: chosen.first, last: chosen.last });
  else $('from').focus();
});
// A date that is not whole yet, or outside of the page's days, changes nothing.
$('from').addEventListener('change', (event) => {
  const first = dayOf(event.target.value);
  if (first >= 0 && first <= LAST_DAY) change({ first, last: Math.max(first, selection.last) });
});
$('to').addEventListener('change', (event) => {
  const last = dayOf(event.target.value);
  if (last >= 0 && last <= LAST_DAY) change({ last, first: Math.min(last, selection.first) });
});
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

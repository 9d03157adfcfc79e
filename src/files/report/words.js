// Words and numbers in the reader's language.

const texts = JSON.parse(document.getElementById('texts').textContent);
const LANGUAGES = ['zh', 'en'];
let language = data.language;

const place = () => LANGUAGES.indexOf(language);

// The text of a key, with {names} filled in.
function text(key, values = {}) {
  return texts[key][place()].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const locale = () => (language === 'zh' ? 'zh-CN' : 'en-GB');
const number = (value, digits = 0) =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (part, whole, digits = 1) => (whole === 0 ? '–' : number((100 * part) / whole, digits) + '%');

// Amounts are kept in fen, as whole numbers.
const yuan = (fen) => '¥' + number(fen / 100, 2);

// For axes: short, as the reader's language counts.
function short(value) {
  const steps = language === 'zh' ? [[1e8, '亿'], [1e4, '万']] : [[1e9, 'bn'], [1e6, 'm'], [1e3, 'k']];
  const [unit, sign] = steps.find(([size]) => Math.abs(value) >= size) || [1, ''];
  return (value / unit).toLocaleString(locale(), { maximumFractionDigits: 1 }) + sign;
}

function dayName(day, step) {
  const date = dateOf(day);
  return step === 'month' ? date.slice(0, 7) : date;
}

// What a bar is about, for tooltips and tables.
const stepName = (day, step) => (step === 'week' ? text('week_of', { day: dateOf(day) }) : dayName(day, step));

function keyName(key) {
  if (key.is_rest) return text('rest', { count: data.min_cell });
  if (key.code === 'untold') return text('status_untold');
  if (key.labels) return key.labels[place()];
  return key.name || key.code || text('not_given');
}

function hospitalName(at) {
  const [account, code, name] = data.hospitals[at];
  const plain = name || code;
  const isShared = data.hospitals.some(([other, , known], other_at) => other_at !== at && (known || '') === plain);
  return isShared ? `${plain} (${account} ${code})` : plain;
}

// A month of the period; one that the period cuts says from when to when it is.
function monthName(at) {
  const { name, first, last } = MONTHS[at];
  const isWhole = dateOf(first).endsWith('-01') && dateOf(last + 1).endsWith('-01');
  const [from, to] = [first, last].map((day) => dateOf(day).slice(8));
  return isWhole ? name : `${name} (${from === to ? from : `${from}–${to}`})`;
}

// Age band and sex, as they stand in a key of data.age_sex.
const bandOf = (key) => key.code.split('/')[0];
const sexOf = (key) => key.code.split('/')[1];
const bandName = (band) => (band === '' ? text('not_given') : band);
const sexName = (sex) => (data.sexes[sex] ? data.sexes[sex][place()] : sex || text('not_given'));

// Cells of tables: a text for people, a value to sort by, and what a file has.
const count = (value) => ({ text: number(value), value, file: String(value) });
const money = (fen) => ({ text: yuan(fen), value: fen, file: (fen / 100).toFixed(2) });
const share = (part, whole, digits = 1) => {
  const value = whole === 0 ? null : (100 * part) / whole;
  return { text: percent(part, whole, digits), value, file: value === null ? '' : value.toFixed(digits) + '%' };
};
// How many were cancelled: no number where it is not told of all of them, nor where there is nothing to cancel. The rate is that of
// where it is told.
const gone = (sum) => (sum.untold > 0 || sum.judged + sum.cancelled === 0 ? nothing() : count(sum.cancelled));
const rate = (sum) => share(sum.cancelled, sum.judged + sum.cancelled);
const days = (sum, of) => (of === 0 ? nothing() : { text: text('days', { count: number(sum / of, 1) }), value: sum / of, file: (sum / of).toFixed(1) });
const mean = (sum) => (sum.priced === 0 ? nothing() : money(sum.amount / sum.priced));
const nothing = (said = '–') => ({ text: said, value: null, file: said === '–' ? '' : said });

function leadName(group) {
  const first = data.lead_days[group];
  const last = data.lead_days[group + 1] - 1;
  if (group === 0) return text('day_same');
  if (group === data.lead_days.length - 1) return text('day_from', { first });
  return first === last ? text('day_one') : text('day_range', { first, last });
}

const ruleName = (rule) => (data.rules[rule] ? data.rules[rule][place()] : rule);
const fieldName = (field) => (field === '' ? text('whole_record') : data.fields[field] ? data.fields[field][place()] : field);

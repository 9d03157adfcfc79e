// Tables: sorted by a click on a heading, downloaded as CSV, scrolled where they are wider than their place.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

const textOf = (cell) => (typeof cell === 'string' ? cell : cell.text);
const valueOf = (cell) => (typeof cell === 'string' ? cell : cell.value);

// Texts are quoted, and none of them is a formula to a spreadsheet.
function fieldOf(cell) {
  if (typeof cell !== 'string') return /[",\r\n]/.test(cell.file) ? `"${cell.file.replaceAll('"', '""')}"` : cell.file;
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return `"${harmless.replaceAll('"', '""')}"`;
}

function download(caption, lines) {
  // With a mark of UTF-8, by which Excel knows it.
  const file = new Blob(['\ufeff' + lines.map((cells) => cells.map(fieldOf).join(',') + '\r\n').join('')], { type: 'text/csv' });
  const address = URL.createObjectURL(file);
  const period = `${dateOf(selection.first)}_${dateOf(selection.last)}`;
  element('a', { href: address, download: `${caption.replace(/[^\p{L}\p{N}]+/gu, '_')}_${period}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// What has no value comes last, in both directions.
function compare(one, other, sign) {
  const [left, right] = [valueOf(one), valueOf(other)];
  if (left === null || right === null) return (left === null) - (right === null);
  return sign * (typeof left === 'string' ? left.localeCompare(right, locale()) : left - right);
}

function row(cells) {
  const [head, ...others] = cells.map(textOf);
  return element('tr', {}, element('th', { scope: 'row' }, head), ...others.map((cell) => element('td', {}, cell)));
}

// rows: cells, the first of which is the row's heading. words: how many columns at the beginning hold words.
function table(caption, headings, rows, { foot = null, words = 1 } = {}) {
  const made = element('table', { class: `words-${words}` }, element('caption', {}, caption));
  const body = element('tbody', {}, ...rows.map(row));
  const titles = headings.map((heading, at) => {
    const button = element('button', { type: 'button', class: 'sort' }, heading);
    const title = element('th', { scope: 'col' }, button);
    button.addEventListener('click', () => {
      // Words first rise, numbers first fall.
      const now = title.getAttribute('aria-sort');
      const isRising = at < words ? now !== 'ascending' : now === 'descending';
      for (const other of titles) other.removeAttribute('aria-sort');
      title.setAttribute('aria-sort', isRising ? 'ascending' : 'descending');
      const sorted = [...rows].sort((one, other) => compare(one[at], other[at], isRising ? 1 : -1));
      body.replaceChildren(...sorted.map(row));
    });
    return title;
  });
  made.append(element('thead', {}, element('tr', {}, ...titles)), body);
  const isSummed = foot && rows.length > 1;
  if (isSummed) made.append(element('tfoot', {}, row(foot)));
  const save = element('button', { type: 'button', class: 'save', 'aria-label': `${text('download')}: ${caption}` }, text('download'));
  save.addEventListener('click', () => download(caption, [headings, ...rows, ...(isSummed ? [foot] : [])]));
  const place = element('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': caption }, made);
  return element('div', { class: 'framed' }, element('p', { class: 'tools' }, element('span', { class: 'wider' }, text('wider')), save), place);
}

// A table that is wider than its place says that there is more of it.
function markWide() {
  for (const place of document.querySelectorAll('.table, .scrolled')) {
    place.parentElement.classList.toggle('is-wide', place.scrollWidth > place.clientWidth + 1);
  }
}
window.addEventListener('resize', markWide);

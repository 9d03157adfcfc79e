// Charts: options for the chart library, and where its charts stand. Knows nothing of the page's data.

// Okabe and Ito's colours: told apart by colour-blind readers, and by their lightness on a grey print.
const COLOURS = {
  main: '#0072b2',
  second: '#56b4e9',
  bad: '#d55e00',
  good: '#009e73',
  third: '#e69f00',
  fourth: '#cc79a7',
  plain: '#8a93a0',
};
// A status, and the event that brings it about, have one colour everywhere; none of the other events has it.
const STATUS_COLOURS = { 1: COLOURS.main, 2: COLOURS.second, 5: COLOURS.bad, untold: COLOURS.plain };
const EVENT_COLOURS = { booked: COLOURS.main, rescheduled: COLOURS.second, cancelled: COLOURS.bad, amended: COLOURS.third, reinstated: COLOURS.good };
const OTHER_COLOURS = [COLOURS.third, COLOURS.fourth, COLOURS.good, COLOURS.plain];

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';
const INK = '#1f2933';
const FAINT = '#52606d';
const GRID = '#e4e7eb';

const charts = new Map();

// Draws into an element, for the first time or over what is there.
function draw(holder, option) {
  let chart = charts.get(holder);
  if (!chart) {
    chart = echarts.init(holder, null, { renderer: 'svg' });
    charts.set(holder, chart);
  }
  chart.resize();
  chart.setOption(
    {
      animation: false,
      textStyle: { fontFamily: FONT, fontSize: 12, color: INK },
      ...option,
    },
    true,
  );
}

function erase(holder) {
  const chart = charts.get(holder);
  if (chart) {
    chart.dispose();
    charts.delete(holder);
  }
}

const GRID_BOX = { left: 4, right: 12, top: 46, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };

const legend = () => ({ top: 0, left: 0, itemWidth: 14, itemHeight: 10, itemGap: 16, textStyle: { color: INK } });

const tooltip = (format, trigger = 'axis') => ({
  trigger,
  confine: true,
  axisPointer: { type: 'shadow' },
  valueFormatter: (value) => (value === undefined || value === null ? '–' : format(value)),
  textStyle: { color: INK, fontSize: 13 },
});

const valueAxis = (format, more = {}) => ({
  type: 'value',
  minInterval: 1,
  splitNumber: 4,
  axisLabel: { formatter: format, color: FAINT, hideOverlap: true },
  splitLine: { lineStyle: { color: GRID } },
  ...more,
});

// Bars along time. steps: { name, label, isToday, isLater } each; bars: { name, colour, values }; lines likewise, on a
// right axis; dashes likewise, on the bars' axis. What lies ahead is paler.
function alongTime({ steps, bars, lines = [], dashes = [], format, axisFormat, lineFormat, todayWord }) {
  // Where there is one bar only, the line would cross it out.
  const today = steps.length > 1 ? steps.findIndex((step) => step.isToday) : -1;
  const parts = bars.length + lines.length + dashes.length;
  const isWrapped = parts > 3 && window.innerWidth < 480;
  const marks = {
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: INK, width: 1, type: 'dashed' },
      label: { formatter: todayWord, color: INK, position: 'end', distance: 2 },
      data: [{ xAxis: today }],
    },
  };
  return {
    legend: parts > 1 ? legend() : undefined,
    grid: { ...GRID_BOX, top: parts === 1 ? 24 : isWrapped ? (parts > 4 ? 86 : 66) : 46, right: lines.length > 0 ? 4 : 22 },
    tooltip: tooltip(format),
    xAxis: {
      type: 'category',
      data: steps.map((step) => step.name),
      axisLabel: { formatter: (name, at) => steps[at].label, color: FAINT, hideOverlap: true, lineHeight: 16 },
      axisTick: { alignWithLabel: true },
      axisLine: { lineStyle: { color: FAINT } },
    },
    yAxis: lines.length > 0
      ? [valueAxis(axisFormat), valueAxis(lineFormat, { splitLine: { show: false }, minInterval: 0, min: 0 })]
      : valueAxis(axisFormat),
    series: [
      ...bars.map(({ name, colour, values }, at) => ({
        type: 'bar',
        name,
        stack: 'all',
        data: values.map((value, step) => (steps[step].isLater ? { value, itemStyle: { opacity: 0.55 } } : value)),
        barMaxWidth: 40,
        barCategoryGap: '25%',
        itemStyle: { color: colour },
        ...(at === 0 && today >= 0 ? marks : {}),
      })),
      ...dashes.map(({ name, colour, values }) => ({
        type: 'line',
        name,
        data: values,
        symbol: 'none',
        itemStyle: { color: colour },
        lineStyle: { color: colour, width: 2, type: 'dashed' },
      })),
      ...lines.map(({ name, colour, values }) => ({
        type: 'line',
        name,
        data: values,
        yAxisIndex: 1,
        symbolSize: 6,
        itemStyle: { color: colour },
        lineStyle: { color: colour, width: 2 },
        tooltip: { valueFormatter: lineFormat },
      })),
    ],
  };
}

// A Chinese sign is as wide as two letters.
const width = (signs) => signs.reduce((sum, sign) => sum + (sign.codePointAt(0) > 0x2e80 ? 2 : 1), 0);

// A long name loses its middle: hospitals of one group mostly differ at their ends.
function abridged(name, letters_max) {
  const signs = [...name];
  if (width(signs) <= letters_max) return name;
  const head = [];
  const tail = [];
  while (width(head) + width(tail) < letters_max - 3) {
    if (width(head) < width(tail)) head.push(signs.shift());
    else tail.unshift(signs.pop());
  }
  return `${head.join('')}…${tail.join('')}`;
}

// Names that would be the same without their middles keep the part in which they differ.
function toldApart(names, letters_max) {
  const groups = new Map();
  for (const name of names) {
    const short = abridged(name, letters_max);
    groups.set(short, (groups.get(short) || new Set()).add(name));
  }
  return names.map((name) => {
    const short = abridged(name, letters_max);
    const alike = [...groups.get(short)].map((one) => [...one]);
    if (alike.length === 1) return short;
    const signs = [...name];
    const length_min = Math.min(...alike.map((other) => other.length));
    let start = 0;
    while (start < length_min && alike.every((other) => other[start] === signs[start])) start += 1;
    let tail = 0;
    while (tail < length_min - start && alike.every((other) => other.at(-1 - tail) === signs.at(-1 - tail))) tail += 1;
    let end = signs.length - tail;
    if (width(signs.slice(start, end)) > letters_max - 6) return abridged(`…${signs.slice(start).join('')}`, letters_max);
    // With as much around it as there is room for.
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const [from, to] of [[start - 1, end], [start, end + 1]]) {
        if (from < 0 || to > signs.length || width(signs.slice(from, to)) > letters_max - 6) continue;
        [start, end, isGrowing] = [Math.min(start, from), Math.max(end, to), true];
      }
    }
    return `${start > 0 ? '…' : ''}${signs.slice(start, end).join('')}${end < signs.length ? '…' : ''}`;
  });
}

// Lying bars, the first on top, each with its number.
function ranking({ names, values, name, colour, format, axisFormat }) {
  const short = toldApart(names, window.innerWidth < 700 ? 18 : 30);
  return {
    grid: { ...GRID_BOX, top: 4, right: 64 },
    tooltip: tooltip(format),
    xAxis: valueAxis(axisFormat, { splitNumber: 3 }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisLabel: { color: INK, interval: 0, formatter: (full, at) => short[at] },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: FAINT } },
    },
    series: [
      {
        type: 'bar',
        name,
        data: values,
        barMaxWidth: 20,
        itemStyle: { color: colour },
        label: { show: true, position: 'right', color: INK, formatter: ({ value }) => format(value) },
      },
    ],
  };
}

// A ring of few parts: { name, colour, value } each.
function ring({ parts, format, shareOf }) {
  return {
    legend: { ...legend(), left: 'center' },
    tooltip: tooltip(format, 'item'),
    series: [
      {
        type: 'pie',
        // More names than have room in one row.
        radius: parts.length > 3 ? ['40%', '62%'] : ['46%', '72%'],
        center: ['50%', parts.length > 3 ? '62%' : '56%'],
        data: parts.map(({ name, colour, value }) => ({ name, value, itemStyle: { color: colour } })),
        itemStyle: { borderColor: '#ffffff', borderWidth: 2 },
        label: { color: INK, formatter: ({ value }) => shareOf(value) },
        labelLine: { length: 8, length2: 8 },
      },
    ],
  };
}

// On paper every chart has a size of its own; on a screen, its place's. A browser tells of printing in one of two ways.
const paper = window.matchMedia('print');

function fit() {
  for (const [holder, chart] of charts) {
    chart.dispatchAction({ type: 'hideTip' });
    const { printWidth, printHeight } = holder.dataset;
    chart.resize(paper.matches ? { width: Number(printWidth), height: Number(printHeight) } : { width: 'auto', height: 'auto' });
    // The library would wait for the next frame, and a printer gets none.
    chart.getZr().refreshImmediately();
  }
}

paper.addEventListener('change', fit);
window.addEventListener('beforeprint', fit);
window.addEventListener('afterprint', fit);
window.addEventListener('resize', fit);

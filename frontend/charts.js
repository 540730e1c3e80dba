// Charts for a board: <div data-chart="id-of-json">. The JSON is an ECharts option without colours; the colours are
// our tokens, the words in tooltips are drawn on the canvas (no inline style), and the twin table stands beside it.
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { DatasetComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, LineChart, PieChart, DatasetComponent, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, CanvasRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--lt-${name}`).trim();

function theme() {
  const text = { color: token('ink-2'), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
  const axis = {
    axisLine: { lineStyle: { color: token('line-strong') } },
    axisTick: { show: false },
    axisLabel: text,
    splitLine: { lineStyle: { color: token('line') } },
  };
  return {
    color: ['lam', 'warn', 'ok', 'stop', 'ink-3', 'son'].map(token),
    textStyle: text,
    legend: { textStyle: text, itemWidth: 14, itemHeight: 10 },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
  };
}

export function start(node) {
  const option = JSON.parse(document.getElementById(node.dataset.chart).textContent);
  const quiet = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const numbers = new Intl.NumberFormat('vi-VN');
  const grouped = (axis) => (axis?.type === 'value'
    ? { ...axis, axisLabel: { formatter: (value) => numbers.format(value), ...axis.axisLabel } } : axis);
  let chart;
  const draw = () => {
    chart?.dispose();
    chart = init(node, theme());
    chart.setOption({
      animation: !quiet,
      animationDuration: 150,
      grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
      ...option,
      xAxis: grouped(option.xAxis),
      yAxis: grouped(option.yAxis),
      series: option.series.map((one) => ({ barMaxWidth: 44, ...one })),
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        valueFormatter: (value) => numbers.format(value),
        backgroundColor: token('paper'),
        borderColor: token('line'),
        textStyle: { color: token('ink') },
        ...option.tooltip,
      },
    });
  };
  draw();
  new ResizeObserver(() => chart.resize()).observe(node);
  document.addEventListener('lt:theme', draw);
}

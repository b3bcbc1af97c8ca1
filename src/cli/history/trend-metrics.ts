import { metrics } from '../../metrics/catalogue.ts'

const OTHER_METRICS = ['duration', 'pass_rate']

/** The numbers that can be followed over runs, by their keys. */
export function trendMetrics(): { key: string; title: string }[] {
  const others = OTHER_METRICS.map((key) => ({ key, title: key.replaceAll('_', ' ') }))
  const known = metrics.filter(({ key }) => !key.endsWith('_counts') && key !== 'itl')
  return [...others, ...known.map(({ key, title }) => ({ key, title }))]
}

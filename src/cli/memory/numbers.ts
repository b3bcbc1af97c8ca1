import { sizeText } from '../../host/gigabytes.ts'

const KB = 1_024
const PERCENT = 100

/** `1.42 GB`, `235 MB`; nothing where it is not known. */
export function sizeCell(bytes: number | null): string {
  return bytes === null ? '' : sizeText(bytes)
}

/** `64.0 KB`. */
export function kilobytes(bytes: number): string {
  return `${(bytes / KB).toFixed(1)} KB`
}

/** `+2.1 %`; nothing where it is not known. */
export function sharePercent(share: number | null): string {
  if (share === null) return ''
  const text = (share * PERCENT).toFixed(1)
  return `${share > 0 ? '+' : ''}${text} %`
}

/** `32,768`. */
export function tokensText(count: number): string {
  return count.toLocaleString('en-US')
}

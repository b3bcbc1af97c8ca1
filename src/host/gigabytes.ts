/** All of jarvis means this by GB. */
export const BYTES_PER_GB: number = 1024 ** 3
export const BYTES_PER_MB: number = 1024 ** 2

/** Bytes as files have them: GB of 1024³ bytes with two decimals. */
export function inGb<Bytes extends number | null>(bytes: Bytes): Bytes {
  return hundredths(bytes === null ? null : bytes / BYTES_PER_GB) as Bytes
}

/** `235 MB`, `1.42 GB`. */
export function sizeText(bytes: number): string {
  return Math.abs(bytes) < BYTES_PER_GB
    ? `${Math.round(bytes / BYTES_PER_MB)} MB`
    : `${inGb(bytes).toFixed(2)} GB`
}

/** A number with two decimals. */
export function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100
}

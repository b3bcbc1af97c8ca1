import type { Shape } from '../brain/turn.ts'
import type { Region } from './regions.ts'

/** Smaller ones are specks: this share of the picture's pixels, and never fewer than a few. */
const MIN_SHARE = 0.0004
const MIN_AREA = 16
/** From here on a bar is a line. */
const LINE_RATIO = 8
/** How far the sides of what is called square or round may differ. */
const ROUND = 0.1
/** Parts of the rectangle around them that plain things fill; π/4 for a circle, more or less for a small one. */
const FULL = 0.95
const CIRCLE = [0.7, 0.9] as const
const TRIANGLE = [0.42, 0.58] as const
/** The part of an edge that the side of a triangle lies along. */
const SIDE = 0.8

/** The plain things among the regions of a picture, from left to right. */
export function shapesOf(regions: readonly Region[], pixels: number): Shape[] {
  const least = Math.max(MIN_AREA, pixels * MIN_SHARE)
  return regions
    .filter(({ area }) => area >= least)
    .map((region) => {
      const { colour, x, y, width, height } = region
      return { kind: kindOf(region), colour, x, y, width, height }
    })
    .toSorted((one, other) => one.x - other.x || one.y - other.y)
}

function kindOf(region: Region): Shape['kind'] {
  const { area, width, height } = region
  const fill = area / (width * height)
  const isEven = Math.abs(width - height) <= ROUND * Math.max(width, height)
  if (fill > FULL) {
    if (Math.max(width, height) >= LINE_RATIO * Math.min(width, height)) return 'line'
    return isEven ? 'square' : 'rectangle'
  }
  if (isEven && fill > CIRCLE[0] && fill < CIRCLE[1]) return 'circle'
  const isHalf = fill > TRIANGLE[0] && fill < TRIANGLE[1]
  return isHalf && hasFullSide(region) ? 'triangle' : 'shape'
}

/** Whether it lies along one edge of its rectangle; a diamond and a star do not. */
function hasFullSide({ width, height, has }: Region): boolean {
  const columns = Array.from({ length: width }, (_, column) => column)
  const rows = Array.from({ length: height }, (_, row) => row)
  return (
    [0, height - 1].some((row) => share(columns, (column) => has(column, row)) > SIDE) ||
    [0, width - 1].some((column) => share(rows, (row) => has(column, row)) > SIDE)
  )
}

function share(items: readonly number[], test: (item: number) => boolean): number {
  return items.filter(test).length / items.length
}

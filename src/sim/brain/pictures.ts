import type { Rule } from './turn.ts'

/** What colour a picture is, and how large. Several pictures are described in order. */
export const pictures: Rule = ({ text, pictures: seen }) => {
  if (seen.length === 0) return null
  const ofColour = /\bcolou?rs?\b|\bkolor|\bcouleur|\bfarbe|颜色/iu.test(text)
  const ofSize = /\b(?:size|large|big|wide|tall|high|width|height|dimensions|resolution)\b/i.test(
    text,
  )
  const colour = seen.map((picture) => picture.colour).join(', ')
  const size = seen.map(({ width, height }) => `${width} by ${height}`).join(', ')
  const subject = seen.length === 1 ? 'The image is' : 'The images are'
  if (ofColour && !ofSize) return { text: `${subject} ${colour}.`, core: colour }
  if (ofSize && !ofColour) {
    return { text: `${subject} ${size} pixels.`, core: size.replaceAll(' by ', 'x') }
  }
  return { text: `${subject} ${size} pixels and mostly ${colour}.`, core: colour }
}

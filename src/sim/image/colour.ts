/** The everyday name of a colour, from its hue (degrees), saturation and value. */
export function colourName(red: number, green: number, blue: number): string {
  const max = Math.max(red, green, blue)
  const span = max - Math.min(red, green, blue)
  const value = max / 255
  const saturation = max === 0 ? 0 : span / max
  if (value < 0.2) return 'black'
  if (saturation < 0.12) return value > 0.85 ? 'white' : 'grey'
  const hue = hueOf(red, green, blue, max, span)
  if (hue < 15) return saturation < 0.5 && value > 0.8 ? 'pink' : 'red'
  if (hue < 45) return value < 0.65 ? 'brown' : 'orange'
  if (hue < 70) return 'yellow'
  if (hue < 165) return 'green'
  if (hue < 200) return 'cyan'
  if (hue < 255) return 'blue'
  if (hue < 290 || (hue < 320 && value < 0.75)) return 'purple'
  if (hue < 320 && saturation > 0.6) return 'magenta'
  return hue < 345 || (saturation < 0.6 && value > 0.8) ? 'pink' : 'red'
}

function hueOf(red: number, green: number, blue: number, max: number, span: number): number {
  if (max === red) return (((green - blue) / span + 6) % 6) * 60
  return max === green ? ((blue - red) / span + 2) * 60 : ((red - green) / span + 4) * 60
}

/** every word of the text is somewhere in the name */
export function fits(name: string, text: string): boolean {
  const low = name.toLowerCase();
  return text.toLowerCase().split(/\s+/).filter(Boolean).every((w) => low.includes(w));
}

// Which texts are hard to read: the contrast of each with what is behind it.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const context = canvas.getContext("2d", { willReadFrequently: true });

// The colour that is seen if colours, some of them translucent, are painted one over the other.
const paint = (...colours) => {
  context.clearRect(0, 0, 1, 1);
  for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const linear = (channel) => channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
const luminance = (colour) => {
  const [red, green, blue] = colour.map((channel) => linear(channel / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const poor = [];
let seen = 0;
for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
  const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
  if (!text || !element.checkVisibility() || element.closest(".unseen, :disabled, option, script")) continue;
  const grounds = [];
  for (let each = element; each; each = each.parentElement) grounds.unshift(getComputedStyle(each).backgroundColor);
  const colours = [paint(...grounds), paint(...grounds, getComputedStyle(element).color)];
  const [light, dark] = colours.map(luminance).sort((a, b) => b - a);
  const contrast = (light + 0.05) / (dark + 0.05);
  seen += 1;
  if (contrast < 4.5) poor.push([text, contrast]);
}
return [seen, poor];

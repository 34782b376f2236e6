/**
 * How many windows fit along one axis, `floor((input + 2·padding − extent) / stride) + 1`, where
 * the extent of a dilated kernel is `dilation·(kernel − 1) + 1`. 0 where none fits.
 *
 * @param {number} input
 * @param {number} kernel
 * @param {number} [stride]
 * @param {number} [padding] on each side
 * @param {number} [dilation] 1 is a contiguous kernel
 * @returns {number}
 */
export function outputSize(input, kernel, stride = 1, padding = 0, dilation = 1) {
  const room = input + 2 * padding - (dilation * (kernel - 1) + 1);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

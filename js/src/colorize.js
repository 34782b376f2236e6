import { create, name } from "./figures/colorize.js";
import { widget } from "./widget.js";

export default widget({ [name]: create });

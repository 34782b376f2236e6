import { registry } from "./registry-large.js";
import { widget } from "./widget.js";

export default widget(registry);

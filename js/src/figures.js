import { registry } from "./registry.js";
import { widget } from "./widget.js";

export default widget(registry);

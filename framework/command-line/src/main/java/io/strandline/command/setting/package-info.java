/** What commands are given: arguments, environment and configuration, and the log, the server or the files that these name. */
@NullMarked
package io.strandline.command.setting;

import org.jspecify.annotations.NullMarked;

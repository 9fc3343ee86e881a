/** What reads the log and keeps state: it stands on the API alone, so it runs at any distance from the log. */
@NullMarked
package io.strandline.processing;

import org.jspecify.annotations.NullMarked;

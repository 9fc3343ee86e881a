package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;

/** What a call wants done, having seen a state. */
sealed interface Decision {

    /** Whether the store has to confirm that the state seen was the newest. */
    boolean confirms();

    /** Append one revision. */
    final class Append implements Decision {

        private final Revision.Form form;
        private final byte[] bytes;

        Append(Revision.Form form, byte[] bytes) {
            this.form = form;
            this.bytes = bytes;
        }

        Revision at(Position position) {
            return new Revision(position, form, bytes);
        }

        int size() {
            return bytes.length;
        }

        Revision.Form form() {
            return form;
        }

        @Override
        public boolean confirms() {
            return false;
        }
    }

    /** Append nothing. The state seen is the result. */
    record Keep() implements Decision {
        @Override
        public boolean confirms() {
            return true;
        }
    }

    /** Append nothing, and fail the call. */
    record Refuse(StrandlineException reason, boolean confirms) implements Decision {}
}

package io.strandline.log.spi;

import java.io.IOException;

/** The disk has no room for what was to be written. */
public class NoSpaceException extends IOException {

    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message) {
        super(message);
    }

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}

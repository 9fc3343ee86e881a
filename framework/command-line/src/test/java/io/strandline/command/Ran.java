package io.strandline.command;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/**
 * A run of the program in this JVM.
 *
 * @param code what it ended with
 * @param out what it printed
 * @param err what it printed to the standard error
 */
record Ran(int code, String out, String err) {

    static Ran with(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        PrintWriter outWriter = new PrintWriter(out);
        PrintWriter errWriter = new PrintWriter(err);
        int code = StrandlineCommand.run(environment, outWriter, errWriter, arguments);
        outWriter.flush();
        errWriter.flush();
        return new Ran(code, out.toString(), err.toString());
    }
}

"""Every error that a user can cause or that ends a run, in one tree.

ConformanceError
|-- ConfigurationError        an option, a variable or a file cannot be used as given
|   `-- CatalogueError        an ID is unknown, or an entry of the catalogue is wrong
|-- RunEndedError             a run ends before its end
|   |-- LimitError            the run has used up its requests or its time
|   |-- ThrottledError        the target keeps asking to retry later
|   |-- CredentialsRefusedError
|   |-- TargetLostError       the target answered, and is not there or not available any more
|   |-- SafetyError           a request was about to be sent that must not be
|   |-- MockRefusedError      the target is a mock that does not serve its control interface here
|   |-- LedgerError           the use of batches cannot be recorded
|   `-- IamError              IAM did not issue a token
|       |-- IamRefusedError
|       `-- IamUnavailableError
|-- NoBatchError              no batch in the wanted state is left
|-- MissingInputError         a finding needs something that the target or the account lacks
`-- SuiteError                the suite is inconsistent
"""

__all__ = [
    "CatalogueError",
    "ConfigurationError",
    "ConformanceError",
    "CredentialsRefusedError",
    "IamError",
    "IamRefusedError",
    "IamUnavailableError",
    "LedgerError",
    "LimitError",
    "MissingInputError",
    "MockRefusedError",
    "NoBatchError",
    "RunEndedError",
    "SafetyError",
    "SuiteError",
    "TargetLostError",
    "ThrottledError",
]


class ConformanceError(Exception):
    """Base class of the errors of this package; the message is one line for people."""


class ConfigurationError(ConformanceError):
    """An option, an environment variable or a file cannot be used as given; the message names it and the remedy."""


class CatalogueError(ConfigurationError):
    """An ID is unknown or an entry of the catalogue is wrong; the message names it."""


class RunEndedError(ConformanceError):
    """A run ends before its end; the message says why.

    Attributes:
        sent: Number of requests that were sent, if it ends before there is a connection.
    """

    sent = 0


class LimitError(RunEndedError):
    """The run has used up its requests or its time; the message names the option that limits them."""


class ThrottledError(RunEndedError):
    """The target keeps asking to retry later; the message says how often it did."""


class CredentialsRefusedError(RunEndedError):
    """The credentials were accepted and are refused now; the message says since when."""


class TargetLostError(RunEndedError):
    """The target answered, and is not there or not available any more; the message says since when.

    Attributes:
        exchange: The exchange that shows it, if there is one.
    """

    def __init__(self, message: str, exchange: object = None) -> None:
        super().__init__(message)
        self.exchange = exchange


class SafetyError(RunEndedError):
    """A request was about to be sent that must not be, and was not; the message says what it would have done."""


class MockRefusedError(RunEndedError):
    """The target is a mock that does not serve its control interface to this host; the message names the remedy."""


class LedgerError(RunEndedError):
    """The directory that records used batches cannot be used; the message names the option and the remedy."""


class IamError(RunEndedError):
    """IAM did not issue a token; the message names the option and the remedy."""


class IamRefusedError(IamError):
    """IAM does not accept the user."""


class IamUnavailableError(IamError):
    """IAM cannot be reached or has an outage, or the endpoint is not IAM."""


class NoBatchError(ConformanceError):
    """No batch in the wanted state is left; the message names the option that supplies one."""


class MissingInputError(ConformanceError):
    """The target or the account lacks what a finding needs; the message names the option that supplies it."""


class SuiteError(ConformanceError):
    """An internal inconsistency of the suite, which is never reported as a fault of the target."""

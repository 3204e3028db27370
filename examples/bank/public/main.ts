// Each widget is a section of the page with a module of its own. None knows of another; all listen to the session.
import './widgets/who.ts'
import './widgets/greeting.ts'
import './widgets/total.ts'
import './widgets/accounts.ts'
import './widgets/transfer.ts'
import './widgets/activity.ts'
